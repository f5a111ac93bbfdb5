"""What a start checkpoint is trained on further: the kinds of arm, and which rows each takes."""
