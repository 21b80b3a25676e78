"""What Amazon Web Services would do with the requests of deploy.sh, as far as that needs: it keeps roles, a log group, objects, launch
templates, task definitions and services in memory, refuses what does not exist or does not fit the service's own model, and records
every request.

usage: aws.py ADDRESS RECORD      serves on a free port, prints it, and appends a line of JSON for each request to RECORD

Models are those of botocore, which Debian's awscli brings. They are read for ECS and CloudWatch Logs: the aws command checks keys and
types by itself, and not the values of enumerations.
"""
import base64
import glob
import gzip
import hashlib
import http.server
import json
import re
import sys
import threading
import urllib.parse
from xml.sax.saxutils import escape

ACCOUNT = "123456789012"
REGION = "eu-central-1"
ECS = f"arn:aws:ecs:{REGION}:{ACCOUNT}"


class Refused(Exception):
    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def model(service):
    path = glob.glob(f"/usr/lib/python3/dist-packages/**/data/{service}/*/service-2.json*", recursive=True)[-1]
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as file:
        return json.load(file)


class Model:
    """Checks a request against the shapes of a service."""

    def __init__(self, service):
        self.data = model(service)

    def check(self, operation, value):
        self.shape(self.data["operations"][operation]["input"]["shape"], value, operation)

    def shape(self, name, value, where):
        shape = self.data["shapes"][name]
        kind = shape["type"]
        if kind == "structure":
            for key in shape.get("required", []):
                if key not in value:
                    raise Refused(400, "ValidationException", f"{where} has no {key}")
            for key, inner in value.items():
                if key not in shape["members"]:
                    raise Refused(400, "ValidationException", f"{where} does not have {key}")
                self.shape(shape["members"][key]["shape"], inner, f"{where}.{key}")
        elif kind == "list":
            for index, inner in enumerate(value):
                self.shape(shape["member"]["shape"], inner, f"{where}[{index}]")
        elif kind == "map":
            for key, inner in value.items():
                self.shape(shape["value"]["shape"], inner, f"{where}.{key}")
        elif kind == "string":
            if "enum" in shape and value not in shape["enum"]:
                raise Refused(400, "ValidationException", f"{where} is {value}, which is none of {shape['enum']}")
        elif not isinstance(value, {"integer": int, "long": int, "boolean": bool, "double": (int, float)}.get(kind, object)):
            raise Refused(400, "ValidationException", f"{where} is no {kind}")


class Cloud:
    def __init__(self):
        self.roles, self.logs, self.objects, self.templates, self.services = {}, {}, {}, {}, {}
        self.revisions = []
        self.denied = set()
        # The instances of the cluster, with their attributes.
        self.instances = {f"arn:aws:ecs:{REGION}:{ACCOUNT}:container-instance/default/{i}": {} for i in (1, 2, 3)}

    # Identity

    def sts_get_caller_identity(self, _):
        return f"<Account>{ACCOUNT}</Account>"

    def role(self, name):
        if name not in self.roles:
            raise Refused(404, "NoSuchEntity", f"The role with name {name} cannot be found.")
        return self.roles[name]

    def iam_get_role(self, p):
        name = p["RoleName"]
        return f"<Role><Path>/</Path><RoleName>{name}</RoleName><RoleId>AROA</RoleId><Arn>arn:aws:iam::{ACCOUNT}:role/{name}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><AssumeRolePolicyDocument>{urllib.parse.quote(self.role(name)['trust'])}</AssumeRolePolicyDocument></Role>"

    def iam_create_role(self, p):
        if p["RoleName"] in self.roles:
            raise Refused(409, "EntityAlreadyExists", "It is there.")
        json.loads(p["AssumeRolePolicyDocument"])
        self.roles[p["RoleName"]] = {"trust": p["AssumeRolePolicyDocument"], "policies": {}}
        return self.iam_get_role(p)

    def iam_update_assume_role_policy(self, p):
        self.role(p["RoleName"])["trust"] = p["PolicyDocument"]
        return ""

    def iam_get_role_policy(self, p):
        policies = self.role(p["RoleName"])["policies"]
        if p["PolicyName"] not in policies:
            raise Refused(404, "NoSuchEntity", "The role policy cannot be found.")
        return f"<RoleName>{p['RoleName']}</RoleName><PolicyName>{p['PolicyName']}</PolicyName><PolicyDocument>{urllib.parse.quote(policies[p['PolicyName']])}</PolicyDocument>"

    def iam_put_role_policy(self, p):
        json.loads(p["PolicyDocument"])
        self.role(p["RoleName"])["policies"][p["PolicyName"]] = p["PolicyDocument"]
        return ""

    def iam_delete_role_policy(self, p):
        self.iam_get_role_policy(p)
        del self.role(p["RoleName"])["policies"][p["PolicyName"]]
        return ""

    def iam_delete_role(self, p):
        if self.role(p["RoleName"])["policies"]:
            raise Refused(409, "DeleteConflict", "It has policies.")
        del self.roles[p["RoleName"]]
        return ""

    # Instances

    def template(self, p):
        if p["LaunchTemplateName"] not in self.templates:
            raise Refused(400, "InvalidLaunchTemplateName.NotFoundException", "At least one of the launch templates specified in the request does not exist.")
        return self.templates[p["LaunchTemplateName"]]

    def ec2_describe_launch_template_versions(self, p):
        template = self.template(p)
        number = template["default"]
        return f"<launchTemplateVersionSet><item><versionNumber>{number}</versionNumber><launchTemplateData>{xml(template['versions'][number - 1])}</launchTemplateData></item></launchTemplateVersionSet>"

    def ec2_create_launch_template(self, p):
        self.templates[p["LaunchTemplateName"]] = {"default": 1, "versions": [launch_template_data(p)]}
        return f"<launchTemplate><launchTemplateName>{p['LaunchTemplateName']}</launchTemplateName></launchTemplate>"

    def ec2_create_launch_template_version(self, p):
        versions = self.template(p)["versions"]
        versions.append(launch_template_data(p))
        return f"<launchTemplateVersion><versionNumber>{len(versions)}</versionNumber></launchTemplateVersion>"

    def ec2_modify_launch_template(self, p):
        self.template(p)["default"] = int(p["SetDefaultVersion"])
        return ""

    def ec2_delete_launch_template(self, p):
        self.template(p)
        del self.templates[p["LaunchTemplateName"]]
        return ""

    # Logs

    def log(self, p):
        if p["logGroupName"] not in self.logs:
            raise Refused(400, "ResourceNotFoundException", "The specified log group does not exist.")
        return self.logs[p["logGroupName"]]

    def logs_describe_log_groups(self, p):
        return {"logGroups": [dict(g, logGroupName=n) for n, g in self.logs.items() if n.startswith(p["logGroupNamePrefix"])]}

    def logs_create_log_group(self, p):
        self.logs[p["logGroupName"]] = {}
        return {}

    def logs_put_retention_policy(self, p):
        self.log(p)["retentionInDays"] = p["retentionInDays"]
        return {}

    def logs_delete_log_group(self, p):
        self.log(p)
        del self.logs[p["logGroupName"]]
        return {}

    # Containers

    def revision(self, name):
        found = [r for r in self.revisions if r["status"] == "ACTIVE" and name in (r["family"], r["taskDefinitionArn"])]
        if not found:
            raise Refused(400, "ClientException", "Unable to describe task definition.")
        return found[-1]

    def ecs_register_task_definition(self, p):
        number = 1 + sum(r["family"] == p["family"] for r in self.revisions)
        names = [c["name"] for c in p["containerDefinitions"]]
        volumes = [v["name"] for v in p.get("volumes", [])]
        for container in p["containerDefinitions"]:
            if any(m["sourceVolume"] not in volumes for m in container.get("mountPoints", [])) or any(d["containerName"] not in names for d in container.get("dependsOn", [])):
                raise Refused(400, "ClientException", f"{container['name']} refers to what is not there")
            if p.get("networkMode") == "awsvpc" and "dnsServers" in container:
                raise Refused(400, "ClientException", "dnsServers are not supported when networkMode is awsvpc")
            if p.get("networkMode") == "host" and any(m["hostPort"] != m["containerPort"] for m in container.get("portMappings", [])):
                raise Refused(400, "ClientException", "host and container ports must match")
        tags = p.pop("tags", [])
        revision = dict(p, taskDefinitionArn=f"{ECS}:task-definition/{p['family']}:{number}", revision=number, status="ACTIVE")
        self.revisions.append(revision)
        revision["_tags"] = tags
        return self.described(revision)

    @staticmethod
    def described(revision):
        return {"taskDefinition": {k: v for k, v in revision.items() if k != "_tags"}, "tags": revision["_tags"]}

    def ecs_describe_task_definition(self, p):
        return self.described(self.revision(p["taskDefinition"]))

    def ecs_list_task_definitions(self, p):
        return {"taskDefinitionArns": [r["taskDefinitionArn"] for r in self.revisions if r["status"] == p["status"] and r["family"].startswith(p["familyPrefix"])]}

    def ecs_deregister_task_definition(self, p):
        revision = self.revision(p["taskDefinition"])
        revision["status"] = "INACTIVE"
        return self.described(revision)

    def ecs_describe_clusters(self, p):
        return {"clusters": [{"clusterName": c, "status": "ACTIVE"} for c in p["clusters"] if c == "default"]}

    def ecs_put_attributes(self, p):
        for attribute in p["attributes"]:
            self.instances[attribute["targetId"]][attribute["name"]] = attribute["value"]
        return {"attributes": p["attributes"]}

    def ecs_list_container_instances(self, p):
        found = list(self.instances)
        if "filter" in p:
            name, value = re.fullmatch(r"attribute:(\S+) == (\S+)", p["filter"]).groups()
            found = [i for i in found if self.instances[i].get(name) == value]
        return {"containerInstanceArns": found}

    def ecs_describe_services(self, p):
        return {"services": [self.services[s] for s in p["services"] if s in self.services]}

    def ecs_create_service(self, p):
        task = self.revision(p["taskDefinition"])["taskDefinitionArn"]
        service = {"serviceName": p["serviceName"], "status": "ACTIVE", "schedulingStrategy": p.get("schedulingStrategy", "REPLICA"), "taskDefinition": task,
                   "deploymentConfiguration": p.get("deploymentConfiguration", {}), "desiredCount": 2, "runningCount": 2, "deployments": [{"taskDefinition": task}]}
        self.services[p["serviceName"]] = service
        return {"service": service}

    def ecs_update_service(self, p):
        service = self.services[p["service"]]
        service["taskDefinition"] = self.revision(p["taskDefinition"])["taskDefinitionArn"]
        service["deploymentConfiguration"] = p.get("deploymentConfiguration", service["deploymentConfiguration"])
        return {"service": service}

    def ecs_delete_service(self, p):
        service = self.services[p["service"]]
        service["status"] = "INACTIVE"
        return {"service": service}

    def ecs_run_task(self, p):
        return {"tasks": [{"taskDefinitionArn": self.revision(p["taskDefinition"])["taskDefinitionArn"]}], "failures": []}


def launch_template_data(p):
    """Parameters such as LaunchTemplateData.MetadataOptions.HttpTokens, as a tree with the names that EC2 answers with."""
    data = {}
    for key, value in p.items():
        first, *path = key.split(".")
        if first == "LaunchTemplateData":
            inner = data
            for name in path[:-1]:
                inner = inner.setdefault(name[0].lower() + name[1:], {})
            inner[path[-1][0].lower() + path[-1][1:]] = value
    return data


def xml(tree):
    return "".join(f"<{k}>{xml(v) if isinstance(v, dict) else escape(v)}</{k}>" for k, v in tree.items())


def snake(name):
    return "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")


class Endpoint(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cloud = Cloud()
    models = {"ecs": Model("ecs"), "logs": Model("logs")}
    lock = threading.Lock()

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        service = self.headers["Authorization"].split("Credential=")[1].split("/")[3]
        with self.lock:
            try:
                self.dispatch(service, body)
            except Refused as refused:
                self.refuse(service, refused)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = serve

    def dispatch(self, service, body):
        if service == "s3":
            self.s3(body)
            return
        if target := self.headers.get("X-Amz-Target"):
            operation = target.split(".")[1]
            parameters = json.loads(body or b"{}")
        else:
            parameters = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
            operation = parameters.pop("Action")
        self.record(service, operation, parameters)
        if operation in self.cloud.denied:
            raise Refused(403, "AccessDenied", f"not authorized to perform {service}:{operation}")
        if service in self.models:
            self.models[service].check(operation, parameters)
        answer = getattr(self.cloud, f"{service}_{snake(operation)}")(parameters)
        if isinstance(answer, dict):
            self.answer(200, json.dumps(answer).encode(), "application/x-amz-json-1.1")
        elif service == "ec2":
            self.answer(200, f"<{operation}Response>{answer}</{operation}Response>".encode(), "text/xml")
        else:
            self.answer(200, f"<{operation}Response><{operation}Result>{answer}</{operation}Result></{operation}Response>".encode(), "text/xml")

    def s3(self, body):
        key = urllib.parse.urlsplit(self.path).path
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        objects = self.cloud.objects
        self.record("s3", self.command, {"Path": key, "Body": body.decode()})
        if owner := self.headers.get("x-amz-expected-bucket-owner"):
            if owner != ACCOUNT:
                raise Refused(403, "AccessDenied", "Access Denied")
        checksum = base64.b64encode(hashlib.sha256(body).digest()).decode()
        if self.command == "PUT":
            if self.headers.get("x-amz-checksum-sha256", checksum) != checksum:
                raise Refused(400, "BadDigest", "The SHA256 you specified did not match the calculated checksum.")
            objects[key] = (body, {"x-amz-checksum-sha256": checksum} if "x-amz-checksum-sha256" in self.headers else {})
            self.answer(200, b"", "application/xml")
        elif query.get("list-type") == "2":
            keys = [k[len(key) + 1:] for k in sorted(objects) if k.startswith(f"{key}/{query['prefix']}")]
            self.answer(200, f"<ListBucketResult>{''.join(f'<Contents><Key>{escape(k)}</Key></Contents>' for k in keys)}</ListBucketResult>".encode(), "application/xml")
        elif key not in objects:
            raise Refused(404, "NoSuchKey", "Not Found")
        elif self.command == "DELETE":
            del objects[key]
            self.answer(204, b"", "application/xml")
        else:
            content, checksums = objects[key]
            self.answer(200, content, "application/json", checksums if self.headers.get("x-amz-checksum-mode") == "ENABLED" else {})

    def refuse(self, service, refused):
        if service in self.models:
            self.answer(refused.status, json.dumps({"__type": refused.code, "message": refused.message}).encode(), "application/x-amz-json-1.1")
        elif service == "ec2":
            self.answer(refused.status, f"<Response><Errors><Error><Code>{refused.code}</Code><Message>{escape(refused.message)}</Message></Error></Errors></Response>".encode(), "text/xml")
        elif service == "s3":
            self.answer(refused.status, f"<Error><Code>{refused.code}</Code><Message>{escape(refused.message)}</Message></Error>".encode(), "application/xml")
        else:
            self.answer(refused.status, f"<ErrorResponse><Error><Type>Sender</Type><Code>{refused.code}</Code><Message>{escape(refused.message)}</Message></Error></ErrorResponse>".encode(), "text/xml")

    def answer(self, status, body, kind, headers=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def record(self, service, operation, parameters):
        with open(sys.argv[2], "a", encoding="utf-8") as file:
            file.write(json.dumps({"service": service, "operation": operation, "parameters": parameters}) + "\n")

    def do_DENY(self):
        """DENY /Operation: what a role may not do. Tests ask for it."""
        self.cloud.denied ^= {self.path.lstrip("/")}
        self.answer(200, b"", "text/plain")

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer((sys.argv[1], 0), Endpoint)
print(server.server_address[1], flush=True)
server.serve_forever()
