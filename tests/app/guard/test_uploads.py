"""Room for uploads: what a session keeps takes room, and what the app has let go does not."""

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from digitcnn.app.guard.uploads import TooMuch, Uploads
from digitcnn.settings import Limits


def asked(uploads: Uploads, *files: str):
    """A page that waits for files."""
    page = uploads.page()
    message = ForwardMsg()
    for file_id in files:
        urls = message.file_urls_response.file_urls.add()
        urls.upload_url = f"/_stcore/upload_file/session/{file_id}"
    page.hear(message)
    return page


def test_files_that_the_app_let_go_need_no_room():
    """Draw's photos are let go as soon as they are read: there is no last one."""
    server: set[str] = set()
    uploads = Uploads(Limits(uploads_per_session=2), lambda _, file_id: file_id in server)
    for number in range(20):
        name = f"photo-{number}"
        page = asked(uploads, name)
        uploads.begin("session", name, 1000)
        server.add(name)
        uploads.arrive("session", name)
        server.remove(name)
        page.close()
    server |= {"a", "b"}
    asked(uploads, "a", "b", "c")
    for name in ("a", "b"):
        uploads.begin("session", name, 1000)
        uploads.arrive("session", name)
    with pytest.raises(TooMuch, match="At most 2 files"):
        uploads.begin("session", "c", 1000)


def test_a_file_on_its_way_takes_room_though_the_server_has_none_of_it_yet():
    uploads = Uploads(Limits(uploads_per_session=1), lambda *_: False)
    asked(uploads, "a", "b")
    uploads.begin("session", "a", 1000)
    with pytest.raises(TooMuch):
        uploads.begin("session", "b", 1000)
    uploads.arrive("session", "a")
    uploads.begin("session", "b", 1000)
