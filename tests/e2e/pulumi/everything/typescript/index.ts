// A program with all that programs can have.
import * as fs from "fs";
import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";
import * as kubernetes from "@pulumi/kubernetes";

const config = new pulumi.Config();
// The cluster.
const cluster = config.require("cluster");
// How long logs are kept.
const days = config.requireNumber("days");
// What nobody may see.
const token = config.requireSecret("token");

// The image for instances.
const image = aws.ssm.getParameterOutput({ name: "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id" });

const region = aws.getRegionOutput({});

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
    retentionInDays: days,
    name: pulumi.interpolate`/ecs/\$${cluster}/\`it\`/\${not}\\n`,
});

const bucket = new aws.s3.Bucket("bucket", {}, { protect: true });

const plan = new aws.s3.BucketObjectv2("plan", {
    bucket: bucket.id,
    key: "plan.json",
    source: new pulumi.asset.FileAsset("plan.json"),
});

new aws.ssm.Parameter("parameter", {
    type: "SecureString",
    value: pulumi.secret(token),
});

const template = new aws.ec2.LaunchTemplate("template", {
    imageId: image.value,
    userData: pulumi.output(fs.readFileSync("script.sh", "utf8")).apply(text => Buffer.from(text).toString("base64")),
    // Workloads are one hop further away.
    metadataOptions: {
        httpTokens: "required",
        httpPutResponseHopLimit: 1,
    },
    tags: {
        "with-dash": `a
b \`c\` \${d} \\ \$`,
        Region: region.region,
        empty: "",
    },
}, { dependsOn: [plan, logs], deleteBeforeReplace: true, ignoreChanges: ["imageId", "tags"] });

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
export const launchTemplate = pulumi.interpolate`${template.id}@${region.region}`;
