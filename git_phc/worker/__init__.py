"""Workers: any machine that can reach a remote takes tasks from its queue, and runs them."""
