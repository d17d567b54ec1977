"""The untrusted side: the warm zygote, the sandbox, the kernel that students' code runs in."""
