"""From paired differences to a verdict and its sentence, for studies and for `compare` alike."""
