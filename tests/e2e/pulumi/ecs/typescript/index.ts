// iron-proxy as a daemon on the instances of an ECS cluster.
import * as fs from "fs";
import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";

// The audit records are in it, so it stays when the rest is destroyed.
const logs = new aws.cloudwatch.LogGroup("logs", {
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

const executionPolicy = new aws.iam.RolePolicy("executionPolicy", {
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

const taskPolicy = new aws.iam.RolePolicy("taskPolicy", {
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
const plan = new aws.s3.BucketObjectv2("plan", {
    bucket: "example-egress",
    key: "iron-proxy/plans/f92f67c52a21fd30aa901c42290332881efdac07671305fd9a5094c0aa07c8cb.json",
    source: new pulumi.asset.FileAsset("proxy.plan.json"),
    contentType: "application/json",
    checksumAlgorithm: "SHA256",
}, { retainOnDelete: true });

const taskDefinition = new aws.ecs.TaskDefinition("taskDefinition", {
    family: "iron-proxy",
    networkMode: "host",
    requiresCompatibilities: ["EC2"],
    executionRoleArn: executionRole.arn,
    taskRoleArn: taskRole.arn,
    containerDefinitions: pulumi.jsonStringify([
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
                "s3://example-egress/iron-proxy/plans/f92f67c52a21fd30aa901c42290332881efdac07671305fd9a5094c0aa07c8cb.json",
                "-plan-hash",
                "f92f67c52a21fd30aa901c42290332881efdac07671305fd9a5094c0aa07c8cb",
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
            portMappings: [
                {
                    containerPort: 53,
                    hostPort: 53,
                    protocol: "udp",
                },
                {
                    containerPort: 53,
                    hostPort: 53,
                    protocol: "tcp",
                },
                {
                    containerPort: 80,
                    hostPort: 80,
                    protocol: "tcp",
                },
                {
                    containerPort: 443,
                    hostPort: 443,
                    protocol: "tcp",
                },
                {
                    containerPort: 1080,
                    hostPort: 1080,
                    protocol: "tcp",
                },
            ],
            dependsOn: [
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
            dockerLabels: { "iron-proxy.policy": "sha256:e4aaafd2febab684200a21097e144cd5268ce620702c76a64813902ea26ed3ea" },
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
    ]),
    placementConstraints: [
        {
            type: "memberOf",
            expression: "attribute:iron-proxy.closed == true",
        },
    ],
    volumes: [
        {
            name: "iron-proxy-ca",
            hostPath: "/var/lib/iron-proxy/ca",
        },
        {
            name: "iron-proxy-ca-key",
            hostPath: "/var/lib/iron-proxy/ca-key",
        },
        {
            name: "iron-proxy-trust",
            hostPath: "/var/lib/iron-proxy/trust",
        },
    ],
});

// The ports of an instance are taken while the old proxy runs, so it ends before the new one starts; not all at once.
new aws.ecs.Service("service", {
    name: "iron-proxy",
    cluster: "agents",
    taskDefinition: taskDefinition.arn,
    launchType: "EC2",
    schedulingStrategy: "DAEMON",
    deploymentMaximumPercent: 100,
    deploymentMinimumHealthyPercent: 50,
    waitForSteadyState: true,
}, { dependsOn: [logs, executionPolicy, taskPolicy, plan] });

// For your Auto Scaling group: the user data is what keeps workloads inside.
const instances = new aws.ec2.LaunchTemplate("instances", {
    name: "iron-proxy-instances",
    imageId: "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id",
    instanceType: "t3.small",
    iamInstanceProfile: { name: "ecsInstanceRole" },
    metadataOptions: {
        httpEndpoint: "enabled",
        httpTokens: "required",
        httpPutResponseHopLimit: 1,
        httpProtocolIpv6: "disabled",
    },
    userData: pulumi.output(fs.readFileSync("instances/user-data.sh", "utf8")).apply(text => Buffer.from(text).toString("base64")),
    updateDefaultVersion: true,
});

export const taskDefinitionArn = taskDefinition.arn;
export const launchTemplateId = instances.id;
