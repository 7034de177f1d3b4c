"""The parts of the kit, and what is made of their results. Only the standard library: the machine may have nothing else."""
