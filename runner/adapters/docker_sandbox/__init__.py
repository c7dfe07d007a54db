"""Boxes as containers of Docker Engine or Podman, spoken to with the `docker` package and nowhere else."""
