"""The one way out of a sandbox: an HTTP proxy that looks at every name and every address.

`server` runs outside, in the supervisor, on a unix socket; `bridge` inside, where it takes what
tools send to a proxy on loopback to that socket. It looks at names, never at contents.
"""
