New York	C D
the	D T
