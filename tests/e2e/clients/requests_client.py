"""requests_client.py URL: the package requests, with the proxy and the CA of the environment."""
import sys

import requests

session = requests.Session()
print(session.get(sys.argv[1] + "/json", timeout=60).json()["method"])
body = b"x" * 1000000
print(session.post(sys.argv[1] + "/echo", data=iter([body[:10], body[10:]]), timeout=60).content == body)
