// What tasks of ECS with iron-proxy as a sidecar need, and an example of one.
import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";

// The audit records are in it, so it stays when the rest is destroyed.
new aws.cloudwatch.LogGroup("logs", {
    name: "/ecs/iron-proxy",
    retentionInDays: 90,
    skipDestroy: true,
});

// What starting the task needs.
const executionRole = new aws.iam.Role("executionRole", {
    name: "iron-proxy-execution",
    assumeRolePolicy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
            {
                Effect: "Allow",
                Principal: { Service: "ecs-tasks.amazonaws.com" },
                Action: "sts:AssumeRole",
                Condition: {
                    StringEquals: { "aws:SourceAccount": "123456789012" },
                    ArnLike: { "aws:SourceArn": "arn:aws:ecs:eu-central-1:123456789012:*" },
                },
            },
        ],
    }),
});

new aws.iam.RolePolicy("executionPolicy", {
    name: "iron-proxy",
    role: executionRole.id,
    policy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
            {
                Effect: "Allow",
                Action: "ecr:BatchGetImage",
                Resource: "arn:aws:ecr:eu-central-1:123456789012:repository/tools/iron-proxy",
            },
            {
                Effect: "Allow",
                Action: "ecr:GetAuthorizationToken",
                Resource: "*",
            },
            {
                Effect: "Allow",
                Action: "ecr:GetDownloadUrlForLayer",
                Resource: "arn:aws:ecr:eu-central-1:123456789012:repository/tools/iron-proxy",
            },
            {
                Effect: "Allow",
                Action: "kms:Decrypt",
                Resource: "arn:aws:kms:eu-central-1:123456789012:key/1234",
            },
            {
                Effect: "Allow",
                Action: "logs:CreateLogStream",
                Resource: "arn:aws:logs:eu-central-1:123456789012:log-group:/ecs/iron-proxy:*",
            },
            {
                Effect: "Allow",
                Action: "logs:PutLogEvents",
                Resource: "arn:aws:logs:eu-central-1:123456789012:log-group:/ecs/iron-proxy:*",
            },
            {
                Effect: "Allow",
                Action: "secretsmanager:GetSecretValue",
                Resource: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:egress/token-AbCdEf",
            },
            {
                Effect: "Allow",
                Action: "ssm:GetParameters",
                Resource: "arn:aws:ssm:eu-central-1:123456789012:parameter/egress/management",
            },
        ],
    }),
});

// What the proxy itself may do.
const taskRole = new aws.iam.Role("taskRole", {
    name: "iron-proxy-task",
    assumeRolePolicy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
            {
                Effect: "Allow",
                Principal: { Service: "ecs-tasks.amazonaws.com" },
                Action: "sts:AssumeRole",
                Condition: {
                    StringEquals: { "aws:SourceAccount": "123456789012" },
                    ArnLike: { "aws:SourceArn": "arn:aws:ecs:eu-central-1:123456789012:*" },
                },
            },
        ],
    }),
});

new aws.iam.RolePolicy("taskPolicy", {
    name: "iron-proxy",
    role: taskRole.id,
    policy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
            {
                Effect: "Allow",
                Action: "kms:Decrypt",
                Resource: "arn:aws:kms:eu-central-1:123456789012:key/1234",
            },
            {
                Effect: "Allow",
                Action: "s3:GetObject",
                Resource: "arn:aws:s3:::example-egress/iron-proxy/plans/*",
            },
            {
                Effect: "Allow",
                Action: "secretsmanager:GetSecretValue",
                Resource: [
                    "arn:aws:secretsmanager:eu-central-1:123456789012:secret:egress/model-??????",
                    "arn:aws:secretsmanager:us-east-1:210987654321:secret:shared-AbCdEf",
                ],
            },
            {
                Effect: "Allow",
                Action: "ssm:GetParameter",
                Resource: "arn:aws:ssm:eu-central-1:123456789012:parameter/egress/other",
            },
        ],
    }),
});

// Named after what is in it. Those of earlier revisions stay, for deployments that are rolled back.
new aws.s3.BucketObjectv2("plan", {
    bucket: "example-egress",
    key: "iron-proxy/plans/96d81d7268d0e81957f45dc07666e75fe65bcdb968beab66c29b6775f8915080.json",
    source: new pulumi.asset.FileAsset("proxy.plan.json"),
    contentType: "application/json",
    checksumAlgorithm: "SHA256",
}, { retainOnDelete: true });

const taskDefinition = new aws.ecs.TaskDefinition("taskDefinition", {
    family: "iron-proxy",
    networkMode: "awsvpc",
    requiresCompatibilities: ["EC2"],
    executionRoleArn: executionRole.arn,
    taskRoleArn: taskRole.arn,
    containerDefinitions: pulumi.jsonStringify([
        {
            name: "firewall",
            image: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/tools/iron-proxy:0.1.0",
            essential: false,
            memory: 128,
            entryPoint: ["bash", "-c"],
            command: [
                `#!/usr/bin/env bash
# Runs before everything else in the task, with CAP_NET_ADMIN, which nothing else in it has: loads the rules, then tries them. When
# either fails, so does the init container, and the task does not start.
set -euo pipefail
nft --file - <<< "$IRON_PROXY_RULES"

# Whether packets to anywhere have a way, with IPv4 or IPv6.
has_way() {
    case "$1" in
        4) grep -qsE $'^[^\\t]+\\t00000000\\t' /proc/net/route ;;
        6) grep -sE '^0{32} 00 ' /proc/net/ipv6_route | grep -qv ' lo$' ;;
    esac
}

# This runs as root, which is not the user that may leave. The rules answer IPv4 with "protocol unreachable", which no router says for
# another, and IPv6 with "administratively prohibited". Without an address or a way of a family there is no network to reach. Anything
# else, a refusal and silence included, means that a packet got past them.
held=no
for trial in 4/192.0.2.1 6/2001:db8:ffff::1; do
    address="\${trial#*/}"
    answer="$(LC_ALL=C timeout 5 bash -c "exec 3<> /dev/tcp/$address/9" 2>&1)" && answer="a connection"
    case "\${trial%%/*} $answer" in
        4*"Protocol not available"* | 6*"Permission denied"*)
            held=yes
            continue
            ;;
        *"Cannot assign requested address"* | *"Address family not supported"*) continue ;;
        *"Network is unreachable"*) has_way "\${trial%%/*}" || continue ;;
    esac
    echo "firewall: $address answered with \${answer:-silence}: the rules do not hold, so nothing may start" >&2
    exit 1
done
if [ "$held" = no ]; then
    echo "firewall: there is no network to try the rules on, so nothing may start" >&2
    exit 1
fi
echo "firewall: only user 10001 leaves this task"
`,
            ],
            user: "0:0",
            environment: [
                {
                    name: "IRON_PROXY_RULES",
                    value: `# Inside of the task: only iron-proxy (user 10001) may leave it. Everything else in the task reaches the proxy, and itself.
# Generated by 'ironc deploy --target ecs'. Loading it again replaces it at once.

table inet iron_proxy
delete table inet iron_proxy

table inet iron_proxy {
    # To the proxy, whatever the address is, this task's own ones and loopback included.
    chain route {
        type nat hook output priority -100; policy accept;
        meta skuid != 10001 goto divert
    }

    chain divert {
        udp dport 53 redirect to :8053
        tcp dport 53 redirect to :8053
        tcp dport 80 redirect to :8080
        tcp dport 443 redirect to :8443
    }

    # A socket that is bound to an interface stays with it, even where its packets were redirected to loopback.
    chain leave {
        type filter hook postrouting priority 0; policy accept;
        oifname != "lo" ip daddr 127.0.0.0/8 counter drop
        oifname != "lo" ip6 daddr ::1 counter drop
    }

    chain output {
        type filter hook output priority 0; policy accept;
        # The proxy has a role of its own, and no business with that of the instance.
        ip daddr 169.254.169.254 counter reject with icmpx admin-prohibited
        ip6 daddr fd00:ec2::254 counter reject with icmpx admin-prohibited
        meta skuid != 10001 goto workload
    }

    chain workload {
        # Health, metrics and management are none of its business.
        oifname "lo" tcp dport { 9090, 9092 } counter reject with icmpx admin-prohibited

        # The proxy, and what else runs in this task.
        oifname "lo" accept

        # What was redirected has its new destination here, but still its old interface.
        ip daddr 127.0.0.0/8 tcp dport { 8053, 8080, 8443 } accept
        ip6 daddr ::1 tcp dport { 8053, 8080, 8443 } accept
        ip daddr 127.0.0.0/8 udp dport 8053 accept
        ip6 daddr ::1 udp dport 8053 accept

        # QUIC: clients then fall back to TCP at once.
        udp dport 443 counter reject with icmpx port-unreachable

        # No router answers for others like the first, so whoever sees it knows that it was these rules.
        meta nfproto ipv4 counter reject with icmp prot-unreachable
        counter reject with icmpx admin-prohibited
    }

    # The proxy puts secrets into requests: it serves this task alone.
    chain input {
        type filter hook input priority 0; policy accept;
        iifname != "lo" tcp dport { 8053, 8080, 8443, 1080, 9092 } counter drop
        iifname != "lo" udp dport 8053 counter drop
    }
}
`,
                },
            ],
            readonlyRootFilesystem: true,
            linuxParameters: {
                capabilities: {
                    drop: ["ALL"],
                    add: ["NET_ADMIN"],
                },
                tmpfs: [
                    {
                        containerPath: "/tmp",
                        size: 64,
                        mountOptions: ["nosuid", "nodev", "noexec"],
                    },
                ],
            },
            dockerSecurityOptions: ["no-new-privileges"],
            logConfiguration: {
                logDriver: "awslogs",
                options: {
                    "awslogs-group": "/ecs/iron-proxy",
                    "awslogs-region": "eu-central-1",
                    "awslogs-stream-prefix": "firewall",
                    mode: "blocking",
                },
            },
        },
        {
            name: "ca",
            image: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/tools/iron-proxy:0.1.0",
            essential: false,
            memory: 128,
            entryPoint: ["iron-proxy-ca"],
            user: "0:10001",
            environment: [
                {
                    name: "IRON_CA_CERT",
                    value: "/certs/ca.crt",
                },
                {
                    name: "IRON_CA_KEY",
                    value: "/keys/ca.key",
                },
                {
                    name: "IRON_CA_DAYS",
                    value: "30",
                },
                {
                    name: "IRON_TRUST_DIR",
                    value: "/etc/iron-proxy-trust",
                },
            ],
            mountPoints: [
                {
                    sourceVolume: "iron-proxy-ca",
                    containerPath: "/certs",
                    readOnly: false,
                },
                {
                    sourceVolume: "iron-proxy-ca-key",
                    containerPath: "/keys",
                    readOnly: false,
                },
                {
                    sourceVolume: "iron-proxy-trust",
                    containerPath: "/etc/iron-proxy-trust",
                    readOnly: false,
                },
            ],
            readonlyRootFilesystem: true,
            linuxParameters: {
                capabilities: {
                    drop: ["ALL"],
                },
                tmpfs: [
                    {
                        containerPath: "/tmp",
                        size: 64,
                        mountOptions: ["nosuid", "nodev", "noexec"],
                    },
                ],
            },
            dockerSecurityOptions: ["no-new-privileges"],
            logConfiguration: {
                logDriver: "awslogs",
                options: {
                    "awslogs-group": "/ecs/iron-proxy",
                    "awslogs-region": "eu-central-1",
                    "awslogs-stream-prefix": "ca",
                    mode: "blocking",
                },
            },
        },
        {
            name: "iron-proxy",
            image: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/tools/iron-proxy:0.1.0",
            essential: true,
            memory: 512,
            command: [
                "-plan",
                "s3://example-egress/iron-proxy/plans/96d81d7268d0e81957f45dc07666e75fe65bcdb968beab66c29b6775f8915080.json",
                "-plan-hash",
                "96d81d7268d0e81957f45dc07666e75fe65bcdb968beab66c29b6775f8915080",
            ],
            user: "10001:10001",
            environment: [
                {
                    name: "AWS_REGION",
                    value: "eu-central-1",
                },
                {
                    name: "IRON_PROXY_HEALTH_HOST",
                    value: "127.0.0.1",
                },
                {
                    name: "IRON_PROXY_HEALTH_PORT",
                    value: "9090",
                },
            ],
            secrets: [
                {
                    name: "MANAGEMENT_KEY",
                    valueFrom: "arn:aws:ssm:eu-central-1:123456789012:parameter/egress/management",
                },
                {
                    name: "TOKEN",
                    valueFrom: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:egress/token-AbCdEf:key::",
                },
            ],
            dependsOn: [
                {
                    containerName: "firewall",
                    condition: "SUCCESS",
                },
                {
                    containerName: "ca",
                    condition: "SUCCESS",
                },
            ],
            mountPoints: [
                {
                    sourceVolume: "iron-proxy-ca",
                    containerPath: "/certs",
                    readOnly: true,
                },
                {
                    sourceVolume: "iron-proxy-ca-key",
                    containerPath: "/keys",
                    readOnly: true,
                },
            ],
            readonlyRootFilesystem: true,
            linuxParameters: {
                capabilities: {
                    drop: ["ALL"],
                },
                tmpfs: [
                    {
                        containerPath: "/tmp",
                        size: 64,
                        mountOptions: ["nosuid", "nodev", "noexec"],
                    },
                ],
            },
            dockerSecurityOptions: ["no-new-privileges"],
            ulimits: [
                {
                    name: "nofile",
                    softLimit: 65536,
                    hardLimit: 65536,
                },
            ],
            healthCheck: {
                command: ["CMD", "iron-proxy-health"],
                interval: 10,
                timeout: 5,
                retries: 3,
                startPeriod: 20,
            },
            stopTimeout: 35,
            dockerLabels: { "iron-proxy.policy": "sha256:056fd67e935dc4abfb8bad3541a6d880965f68c9f5adfeb652195eea01bbd961" },
            logConfiguration: {
                logDriver: "awslogs",
                options: {
                    "awslogs-group": "/ecs/iron-proxy",
                    "awslogs-region": "eu-central-1",
                    "awslogs-stream-prefix": "proxy",
                    mode: "blocking",
                },
            },
        },
        {
            name: "doctor",
            image: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/tools/iron-proxy:0.1.0",
            essential: true,
            memory: 512,
            entryPoint: ["ironc"],
            command: ["doctor", "--ca", "/etc/iron-proxy-trust/ca.crt", "--protected", "/keys/ca.key"],
            dependsOn: [
                {
                    containerName: "iron-proxy",
                    condition: "HEALTHY",
                },
            ],
            user: "1000:1000",
            linuxParameters: {
                capabilities: {
                    drop: ["ALL"],
                },
            },
            dockerSecurityOptions: ["no-new-privileges"],
            environment: [
                {
                    name: "SSL_CERT_FILE",
                    value: "/etc/iron-proxy-trust/ca-bundle.crt",
                },
                {
                    name: "CURL_CA_BUNDLE",
                    value: "/etc/iron-proxy-trust/ca-bundle.crt",
                },
                {
                    name: "REQUESTS_CA_BUNDLE",
                    value: "/etc/iron-proxy-trust/ca-bundle.crt",
                },
                {
                    name: "PIP_CERT",
                    value: "/etc/iron-proxy-trust/ca-bundle.crt",
                },
                {
                    name: "NODE_EXTRA_CA_CERTS",
                    value: "/etc/iron-proxy-trust/ca.crt",
                },
                {
                    name: "GIT_SSL_CAINFO",
                    value: "/etc/iron-proxy-trust/ca-bundle.crt",
                },
                {
                    name: "AWS_CA_BUNDLE",
                    value: "/etc/iron-proxy-trust/ca-bundle.crt",
                },
                {
                    name: "CARGO_HTTP_CAINFO",
                    value: "/etc/iron-proxy-trust/ca-bundle.crt",
                },
                {
                    name: "DENO_CERT",
                    value: "/etc/iron-proxy-trust/ca.crt",
                },
                {
                    name: "JAVA_TOOL_OPTIONS",
                    value: "-Djavax.net.ssl.trustStore=/etc/iron-proxy-trust/truststore.p12 -Djavax.net.ssl.trustStoreType=PKCS12 -Djavax.net.ssl.trustStorePassword=changeit",
                },
            ],
            mountPoints: [
                {
                    sourceVolume: "iron-proxy-trust",
                    containerPath: "/etc/iron-proxy-trust",
                    readOnly: true,
                },
            ],
            readonlyRootFilesystem: true,
            logConfiguration: {
                logDriver: "awslogs",
                options: {
                    "awslogs-group": "/ecs/iron-proxy",
                    "awslogs-region": "eu-central-1",
                    "awslogs-stream-prefix": "doctor",
                    mode: "blocking",
                },
            },
        },
    ]),
    volumes: [
        { name: "iron-proxy-ca" },
        { name: "iron-proxy-ca-key" },
        { name: "iron-proxy-trust" },
    ],
});

export const taskDefinitionArn = taskDefinition.arn;
export const executionRoleArn = executionRole.arn;
export const taskRoleArn = taskRole.arn;
