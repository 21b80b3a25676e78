// A program with all that programs can have.
import * as fs from "fs";
import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";
import * as kubernetes from "@pulumi/kubernetes";

// What the proxy may do.
// Nothing else.
const taskRole = new aws.iam.Role("taskRole", {
    assumeRolePolicy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
            {
                Effect: "Allow",
                Principal: { Service: "ecs-tasks.amazonaws.com" },
                Action: ["sts:AssumeRole", "sts:AssumeRole"],
            },
        ],
    }),
});

const logs = new aws.cloudwatch.LogGroup("logs", {
    retentionInDays: 30,
    name: "/ecs/$/`it`/${not}\\n",
});

const bucket = new aws.s3.Bucket("bucket", {});

const plan = new aws.s3.BucketObjectv2("plan", {
    bucket: bucket.id,
    key: "plan.json",
    source: new pulumi.asset.FileAsset("plan.json"),
});

const template = new aws.ec2.LaunchTemplate("template", {
    imageId: "ami-0123456789abcdef0",
    userData: pulumi.output(fs.readFileSync("script.sh", "utf8")).apply(text => Buffer.from(text).toString("base64")),
    // Workloads are one hop further away.
    metadataOptions: {
        httpTokens: "required",
        httpPutResponseHopLimit: 1,
    },
    tags: {
        "with-dash": `a
b \`c\` \${d} \\ $`,
        Role: taskRole.name,
        empty: "",
    },
}, { dependsOn: [plan, logs] });

new kubernetes.networking.v1.NetworkPolicy("policies", {
    metadata: {
        name: "closed",
        annotations: { "example.com/on": "true" },
    },
    spec: {
        podSelector: {},
        policyTypes: ["Egress"],
    },
});

export const roleArn = taskRole.arn;
export const launchTemplate = template.id;
