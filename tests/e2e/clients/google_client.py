"""A workload with Google's library, without any credential: it finds a metadata server, and asks an API with what it got there.

usage: google_client.py URL
Prints project, account and token, and then what the API said.
"""
import sys

import google.auth
import google.auth.transport.requests

request = google.auth.transport.requests.Request()
credentials, project = google.auth.default(request=request)
session = google.auth.transport.requests.AuthorizedSession(credentials)
answer = session.get(sys.argv[1])
print(project)
print(credentials.service_account_email)
print(credentials.token)
print(answer.status_code, answer.text)
