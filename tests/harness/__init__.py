"""What the conformance runner and the demo share: the sandbox, real peers, and the drivers of each language."""
