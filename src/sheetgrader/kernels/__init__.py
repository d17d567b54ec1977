"""The trusted side of sandboxed kernels: started, talked to, watched, ended."""
