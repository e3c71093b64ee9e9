"""Where digits come from: data sets, made-up handwriting, samples, drawings."""
