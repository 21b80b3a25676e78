"""aws_client.py PORT WHAT: botocore with placeholder keys, and the proxy and the CA of the environment. Prints what came back."""
import base64
import contextlib
import io
import os
import socket
import ssl
import sys
import zlib

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.exceptions
import botocore.httpsession

PORT, WHAT = sys.argv[1:]
REGION = "us-east-1"
PLACEHOLDERS = botocore.credentials.Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
KEYS = [
    "plain.txt", "with space.txt", "\u00fcn\u00ef/c\u00f8d\u00e9-\u20ac\U0001f600.txt", "plus+plus", "q?&=#.txt", "a//b/", "tilde~(paren)!*'", "100%", "colon:comma,at@dollar$",
    "semi;colon", "[brackets]{braces}|^`\"<>",
]


def client(service, host=None, region=REGION, **config):
    return boto3.client(
        service, region_name=region, endpoint_url=f"https://{host or service + '.' + REGION + '.amazonaws.com'}:{PORT}",
        aws_access_key_id=PLACEHOLDERS.access_key, aws_secret_access_key=PLACEHOLDERS.secret_key,
        config=botocore.config.Config(retries={"max_attempts": 0}, **config))


def send(method, url, body=None, **headers):
    """Sends without signing."""
    session = botocore.httpsession.URLLib3Session(verify=os.environ["AWS_CA_BUNDLE"], proxies={"https": os.environ["HTTPS_PROXY"]})
    answer = session.send(botocore.awsrequest.AWSRequest(method=method, url=url, data=body, headers=headers).prepare())
    return answer.status_code, answer.content


def s3(**more):
    return client("s3", signature_version="s3v4", s3={"addressing_style": "path", **more})


def keys():
    for key in KEYS:
        s3().put_object(Bucket="b", Key=key, Body=key.encode(), Metadata={"of": "the   test "})
        print(s3().get_object(Bucket="b", Key=key)["Body"].read() == key.encode())
    print(len(s3().list_objects_v2(Bucket="b", Prefix="plus+p")["Contents"]), len(s3().list_objects_v2(Bucket="b", Prefix="with space")["Contents"]))
    virtual = client("s3", f"s3.{REGION}.amazonaws.com", signature_version="s3v4", s3={"addressing_style": "virtual"})
    virtual.put_object(Bucket="bucket", Key="at a host", Body=b"x")
    print(virtual.get_object(Bucket="bucket", Key="at a host", Range="bytes=0-")["Body"].read())


def presigned():
    for key in KEYS:
        upload = s3().generate_presigned_url("put_object", Params={"Bucket": "p", "Key": key}, ExpiresIn=60)
        download = s3().generate_presigned_url("get_object", Params={"Bucket": "p", "Key": key, "ResponseContentType": "a/b; c=d+e"}, ExpiresIn=60)
        print(send("PUT", upload, key.encode(), **{"Content-Type": "text/plain"})[0], send("GET", download) == (200, key.encode()))
    identity = client("sts").generate_presigned_url("get_caller_identity", ExpiresIn=60)
    print(send("GET", identity)[0])


def multipart():
    upload = s3().create_multipart_upload(Bucket="m", Key="of parts")["UploadId"]
    parts = [
        {"PartNumber": n, "ETag": s3().upload_part(Bucket="m", Key="of parts", UploadId=upload, PartNumber=n, Body=io.BytesIO(bytes([n]) * 300000))["ETag"]} for n in (1, 2, 3)
    ]
    s3().complete_multipart_upload(Bucket="m", Key="of parts", UploadId=upload, MultipartUpload={"Parts": parts})
    print(s3().get_object(Bucket="m", Key="of parts")["Body"].read() == b"".join(bytes([n]) * 300000 for n in (1, 2, 3)))


def streaming():
    """Trailers of botocore, and parts with signatures, which other SDKs make."""
    s3().put_object(Bucket="t", Key="trailer", Body=io.BytesIO(b"t" * 2500000), ChecksumAlgorithm="CRC32")
    print(len(s3().get_object(Bucket="t", Key="trailer")["Body"].read()))
    none = "0" * 64
    body = f"400;chunk-signature={none}\r\n{'a' * 1024}\r\n5;chunk-signature={none}\r\nbytes\r\n0;chunk-signature={none}\r\n"
    trailers = f"x-amz-checksum-crc32:CHECKSUM\r\nx-amz-trailer-signature:{none}\r\n"
    trailers = trailers.replace("CHECKSUM", base64.b64encode(zlib.crc32(b"a" * 1024 + b"bytes").to_bytes(4, "big")).decode())
    for kind, text in (("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", body + "\r\n"), ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", body + trailers + "\r\n")):
        request = botocore.awsrequest.AWSRequest(
            method="PUT", url=f"https://s3.{REGION}.amazonaws.com:{PORT}/t/{kind}", data=text.encode(),
            headers={"Content-Encoding": "aws-chunked", "X-Amz-Decoded-Content-Length": "1029", "Content-Length": str(len(text))})
        signer = botocore.auth.S3SigV4Auth(PLACEHOLDERS, "s3", REGION)
        signer.payload = lambda _, kind=kind: kind
        signer.add_auth(request)
        print(send("PUT", request.url, text.encode(), **dict(request.headers))[0], len(s3().get_object(Bucket="t", Key=kind)["Body"].read()))


def others():
    print(client("dynamodb").list_tables(ExclusiveStartTableName="t" * 100)["TableNames"][0] == "t" * 100)
    print(client("sqs").send_message(QueueUrl=f"https://sqs.{REGION}.amazonaws.com:{PORT}/1/queue", MessageBody="a+b c & \u20ac")["MessageId"])
    print(client("sts").get_caller_identity()["Account"])
    print(client("lambda").invoke(FunctionName="arn:aws:lambda:us-east-1:1:function:f", Payload=b"{}")["Payload"].read().decode())


def refused():
    """Another region, a service that is not listed, no signature, and a host whose real key is wrong."""
    for call in (
        lambda: client("dynamodb", f"sts.{REGION}.amazonaws.com", region="eu-west-1").list_tables(),
        lambda: client("dynamodb", f"sts.{REGION}.amazonaws.com").list_tables(),
        lambda: client("sts", "wrong.us-east-1.amazonaws.com").get_caller_identity(),
    ):
        try:
            call()
        except botocore.exceptions.ClientError as error:
            print(error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"].get("Code"), error.response["Error"]["Message"].rpartition(" ")[2])
    print(send("GET", f"https://sts.{REGION}.amazonaws.com:{PORT}/")[0])


def truncated():
    """Less of a body than is announced, and then no more."""
    proxy = os.environ["HTTPS_PROXY"].rpartition("/")[2].partition(":")
    host = f"s3.{REGION}.amazonaws.com:{PORT}"
    for body in (b"", b"abc"):
        connection = socket.create_connection((proxy[0], int(proxy[2])))
        connection.sendall(f"CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        connection.recv(1000)
        connection = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"]).wrap_socket(connection, server_hostname=host.partition(":")[0])
        signature = f"AWS4-HMAC-SHA256 Credential=A/1/{REGION}/s3/aws4_request, SignedHeaders=host, Signature=0"
        connection.sendall(f"PUT /b/k HTTP/1.1\r\nHost: {host}\r\nAuthorization: {signature}\r\nContent-Length: 10\r\n\r\n".encode() + body)
        connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while connection.recv(1000):  # Nothing is decrypted any more.
                pass


globals()[WHAT]()
