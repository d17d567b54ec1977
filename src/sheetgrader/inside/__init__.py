"""The untrusted side: what runs in the sandbox, together with the student's code."""
