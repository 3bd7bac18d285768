"""The mail base: the embedded model, taught once on the written corpus what an instruction is."""
