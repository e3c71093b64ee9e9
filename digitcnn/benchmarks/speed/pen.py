"""Drawing on the page's canvas as a person does, with Playwright's mouse."""

from typing import Any

from digitcnn.preprocessing import ink

CANVAS = "canvas.upper-canvas"


def draw(page: Any, drawing: ink.Ink, moves: int = 12) -> None:
    """Draws strokes with the mouse.

    Args:
        page: a Playwright page with the canvas on it.
        drawing: float32 (n_points, 2) each, canvas px.
        moves: at most so many mouse movements for each stroke.
    """
    for stroke in drawing:
        # Every stroke may move the page a little: the canvas is looked up each time.
        page.locator(CANVAS).scroll_into_view_if_needed()
        box = page.locator(CANVAS).bounding_box()
        scale = box["height"] / ink.CANVAS_PX  # all our papers are as high as that
        points = stroke[:: max(1, len(stroke) // moves)].tolist() + [stroke[-1].tolist()]
        places = [(box["x"] + x * scale, box["y"] + y * scale) for x, y in points]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place)
        page.mouse.up()
