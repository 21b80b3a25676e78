#!/usr/bin/env bash
# Makes in AWS what this folder describes. It looks before it makes anything, so it can be run again at any time.
#
#   ./deploy.sh                    makes what is missing, and changes what is different
#   ./deploy.sh --preview          only says what it would do
#   ./deploy.sh --destroy          removes it all, but not the logs, in which the audit records are
#   ./deploy.sh --destroy --logs   removes these, too
#
# It asks the aws command, which needs credentials of account 123456789012.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export LC_ALL=C AWS_PAGER="" AWS_REGION=eu-central-1 AWS_DEFAULT_REGION=eu-central-1

account=123456789012
cluster=default
name=iron-proxy
bucket=example-egress
plan_folder=iron-proxy/plans
plan_key=iron-proxy/plans/0cb9bb99837d7d63efe0f5d9742a0f42038e2e96e396b134a2b14e57f4f9d70d.json
# The SHA-256 of proxy.plan.json, as S3 writes it.
plan_checksum=DLm7mYN9fWPv4PXZdCoPQgOOLpbjlrE0orFOV/T51w0=
log_group=/ecs/iron-proxy
log_days=90
launch_template=iron-proxy-instances
minimum_healthy=50
# What is compared with drift/*.json: of what AWS has, what this folder says. Backticks are literals there.
# shellcheck disable=SC2016
task_definition_query='taskDefinition.{"family": "family", "networkMode": "networkMode", "requiresCompatibilities": "requiresCompatibilities", "executionRoleArn": "executionRoleArn", "taskRoleArn": "taskRoleArn", "placementConstraints": {"count": length("placementConstraints" || `[]`), "items": [("placementConstraints"[?"type" == `"memberOf"` && "expression" == `"attribute:iron-proxy.closed == true"`] | [0]).{"type": "type", "expression": "expression"}]}, "containerDefinitions": {"count": length("containerDefinitions" || `[]`), "items": [("containerDefinitions"[?"name" == `"ca"`] | [0]).{"name": "name", "image": "image", "essential": "essential", "memory": "memory", "entryPoint": "entryPoint", "user": "user", "environment": {"count": length("environment" || `[]`), "items": [("environment"[?"name" == `"IRON_CA_CERT"`] | [0]).{"name": "name", "value": "value"}, ("environment"[?"name" == `"IRON_CA_KEY"`] | [0]).{"name": "name", "value": "value"}, ("environment"[?"name" == `"IRON_CA_DAYS"`] | [0]).{"name": "name", "value": "value"}, ("environment"[?"name" == `"IRON_TRUST_DIR"`] | [0]).{"name": "name", "value": "value"}]}, "mountPoints": {"count": length("mountPoints" || `[]`), "items": [("mountPoints"[?"sourceVolume" == `"iron-proxy-ca"` && "containerPath" == `"/certs"` && "readOnly" == `false`] | [0]).{"sourceVolume": "sourceVolume", "containerPath": "containerPath", "readOnly": "readOnly"}, ("mountPoints"[?"sourceVolume" == `"iron-proxy-trust"` && "containerPath" == `"/etc/iron-proxy-trust"` && "readOnly" == `false`] | [0]).{"sourceVolume": "sourceVolume", "containerPath": "containerPath", "readOnly": "readOnly"}]}, "readonlyRootFilesystem": "readonlyRootFilesystem", "linuxParameters": "linuxParameters".{"capabilities": "capabilities".{"drop": "drop"}, "tmpfs": {"count": length("tmpfs" || `[]`), "items": [("tmpfs"[?"containerPath" == `"/tmp"` && "size" == `64`] | [0]).{"containerPath": "containerPath", "size": "size", "mountOptions": "mountOptions"}]}}, "dockerSecurityOptions": "dockerSecurityOptions", "logConfiguration": "logConfiguration".{"logDriver": "logDriver", "options": "options".{"awslogs-group": "awslogs-group", "awslogs-region": "awslogs-region", "awslogs-stream-prefix": "awslogs-stream-prefix", "mode": "mode"}}}, ("containerDefinitions"[?"name" == `"iron-proxy"`] | [0]).{"name": "name", "image": "image", "essential": "essential", "memory": "memory", "command": "command", "user": "user", "environment": {"count": length("environment" || `[]`), "items": [("environment"[?"name" == `"AWS_REGION"`] | [0]).{"name": "name", "value": "value"}, ("environment"[?"name" == `"IRON_PROXY_HEALTH_HOST"`] | [0]).{"name": "name", "value": "value"}, ("environment"[?"name" == `"IRON_PROXY_HEALTH_PORT"`] | [0]).{"name": "name", "value": "value"}]}, "secrets": {"count": length("secrets" || `[]`), "items": [("secrets"[?"name" == `"INTERNAL_TOKEN"`] | [0]).{"name": "name", "valueFrom": "valueFrom"}, ("secrets"[?"name" == `"OPENAI_API_KEY"`] | [0]).{"name": "name", "valueFrom": "valueFrom"}]}, "portMappings": {"count": length("portMappings" || `[]`), "items": [("portMappings"[?"containerPort" == `53` && "hostPort" == `53` && "protocol" == `"udp"`] | [0]).{"containerPort": "containerPort", "hostPort": "hostPort", "protocol": "protocol"}, ("portMappings"[?"containerPort" == `53` && "hostPort" == `53` && "protocol" == `"tcp"`] | [0]).{"containerPort": "containerPort", "hostPort": "hostPort", "protocol": "protocol"}, ("portMappings"[?"containerPort" == `80` && "hostPort" == `80` && "protocol" == `"tcp"`] | [0]).{"containerPort": "containerPort", "hostPort": "hostPort", "protocol": "protocol"}, ("portMappings"[?"containerPort" == `443` && "hostPort" == `443` && "protocol" == `"tcp"`] | [0]).{"containerPort": "containerPort", "hostPort": "hostPort", "protocol": "protocol"}]}, "dependsOn": {"count": length("dependsOn" || `[]`), "items": [("dependsOn"[?"containerName" == `"ca"` && "condition" == `"SUCCESS"`] | [0]).{"containerName": "containerName", "condition": "condition"}]}, "mountPoints": {"count": length("mountPoints" || `[]`), "items": [("mountPoints"[?"sourceVolume" == `"iron-proxy-ca"` && "containerPath" == `"/certs"` && "readOnly" == `true`] | [0]).{"sourceVolume": "sourceVolume", "containerPath": "containerPath", "readOnly": "readOnly"}]}, "readonlyRootFilesystem": "readonlyRootFilesystem", "linuxParameters": "linuxParameters".{"capabilities": "capabilities".{"drop": "drop"}, "tmpfs": {"count": length("tmpfs" || `[]`), "items": [("tmpfs"[?"containerPath" == `"/tmp"` && "size" == `64`] | [0]).{"containerPath": "containerPath", "size": "size", "mountOptions": "mountOptions"}]}}, "dockerSecurityOptions": "dockerSecurityOptions", "ulimits": {"count": length("ulimits" || `[]`), "items": [("ulimits"[?"name" == `"nofile"`] | [0]).{"name": "name", "softLimit": "softLimit", "hardLimit": "hardLimit"}]}, "healthCheck": "healthCheck".{"command": "command", "interval": "interval", "timeout": "timeout", "retries": "retries", "startPeriod": "startPeriod"}, "stopTimeout": "stopTimeout", "dockerLabels": "dockerLabels".{"iron-proxy.policy": "iron-proxy.policy"}, "logConfiguration": "logConfiguration".{"logDriver": "logDriver", "options": "options".{"awslogs-group": "awslogs-group", "awslogs-region": "awslogs-region", "awslogs-stream-prefix": "awslogs-stream-prefix", "mode": "mode"}}}]}, "volumes": {"count": length("volumes" || `[]`), "items": [("volumes"[?"name" == `"iron-proxy-ca"`] | [0]).{"name": "name", "host": "host".{"sourcePath": "sourcePath"}}, ("volumes"[?"name" == `"iron-proxy-trust"`] | [0]).{"name": "name", "host": "host".{"sourcePath": "sourcePath"}}]}}'
# shellcheck disable=SC2016
launch_template_query='LaunchTemplateVersions[0].LaunchTemplateData.{"ImageId": "ImageId", "InstanceType": "InstanceType", "IamInstanceProfile": "IamInstanceProfile".{"Name": "Name"}, "MetadataOptions": "MetadataOptions".{"HttpEndpoint": "HttpEndpoint", "HttpTokens": "HttpTokens", "HttpPutResponseHopLimit": "HttpPutResponseHopLimit", "HttpProtocolIpv6": "HttpProtocolIpv6"}}'

say() { echo "deploy.sh: $*" >&2; }

die() {
    say "$*"
    exit 1
}

mode=apply
with_logs=no
case "$*" in
    "") ;;
    --preview) mode=preview ;;
    --destroy) mode=destroy ;;
    "--destroy --logs")
        mode=destroy
        with_logs=yes
        ;;
    *)
        echo "usage: ./deploy.sh [--preview | --destroy [--logs]]" >&2
        exit 2
        ;;
esac

command -v aws > /dev/null || die "the aws command is not installed; the AWS CLI, version 2, is what this needs"
errors="$(mktemp)"
trap 'rm -f "$errors"' EXIT

# look ABSENT ARGUMENTS prints what aws answers, or nothing when its error is that there is no such thing. Any other error ends the script.
look() {
    local absent="$1" answer
    shift
    if answer="$(aws "$@" 2> "$errors")"; then
        [ "$answer" = None ] || printf '%s' "$answer"
        return 0
    fi
    if ! grep -qF -- "$absent" "$errors"; then
        cat "$errors" >&2
        die "'aws $1 $2' failed"
    fi
}

# change TEXT ARGUMENTS says what is different, and has aws change it unless this is a preview.
changes=0
change() {
    echo "$1"
    changes=$((changes + 1))
    shift
    [ "$mode" = preview ] || aws "$@" > /dev/null
}

# differs FILE NOW shows how a document in AWS differs from a file.
differs() {
    ! diff --unified=1 --label AWS --label "$1" <(printf '%s\n' "$2") "$1"
}

check_account() {
    local found
    found="$(aws sts get-caller-identity --query Account --output text)" || die "aws has no credentials"
    [ "$found" = "$account" ] || die "these are credentials of account $found, and this deployment is for $account"
}

apply_logs() {
    local found
    found="$(look ResourceNotFoundException logs describe-log-groups --log-group-name-prefix "$log_group" \
        --query "logGroups[?logGroupName=='$log_group'].[logGroupName, retentionInDays]" --output text)"
    [ -n "$found" ] || change "+ log group $log_group" logs create-log-group --log-group-name "$log_group"
    [ "$found" = "$log_group	$log_days" ] || change "~ log group $log_group keeps $log_days days" \
        logs put-retention-policy --log-group-name "$log_group" --retention-in-days "$log_days"
}

# apply_role NAME POLICY
apply_role() {
    local role="$1" policy="$2" found
    found="$(look NoSuchEntity iam get-role --role-name "$role" --query Role.AssumeRolePolicyDocument --output json)"
    if [ -z "$found" ]; then
        change "+ role $role" iam create-role --role-name "$role" --assume-role-policy-document file://iam/trust.json
    elif differs iam/trust.json "$found"; then
        change "~ who may take the role $role" iam update-assume-role-policy --role-name "$role" --policy-document file://iam/trust.json
    fi
    found="$(look NoSuchEntity iam get-role-policy --role-name "$role" --policy-name "$name" --query PolicyDocument --output json)"
    if [ -z "$found" ]; then
        change "+ what the role $role may do" iam put-role-policy --role-name "$role" --policy-name "$name" --policy-document "file://$policy"
    elif differs "$policy" "$found"; then
        change "~ what the role $role may do" iam put-role-policy --role-name "$role" --policy-name "$name" --policy-document "file://$policy"
    fi
}

# Each plan has a name of its own, and those of earlier revisions stay. S3 computes the checksum itself, of what it has.
apply_plan() {
    local found
    found="$(look '(404)' s3api head-object --bucket "$bucket" --key "$plan_key" --expected-bucket-owner "$account" --checksum-mode ENABLED --query ChecksumSHA256 --output text)"
    [ "$found" = "$plan_checksum" ] || change "$([ -z "$found" ] && echo + || echo '~') plan s3://$bucket/$plan_key" s3api put-object --bucket "$bucket" --key "$plan_key" --expected-bucket-owner "$account" \
        --body proxy.plan.json --content-type application/json --checksum-sha256 "$plan_checksum"
}

launch_template_data() {
    local text data
    text="$(cat instances/launch-template.json)"
    data="$(base64 --wrap=0 instances/user-data.sh)"
    printf '%s' "${text/USER_DATA/$data}"
}

# look_at_template QUERY FORMAT looks at what new instances are launched from.
look_at_template() {
    # shellcheck disable=SC2016 # $Default is the name of a version.
    look InvalidLaunchTemplateName.NotFoundException ec2 describe-launch-template-versions --launch-template-name "$launch_template" \
        --versions '$Default' --query "$1" --output "$2"
}

apply_launch_template() {
    local found user_data number different=no
    found="$(look_at_template "$launch_template_query" json)"
    if [ -z "$found" ]; then
        change "+ launch template $launch_template" ec2 create-launch-template --launch-template-name "$launch_template" \
            --launch-template-data "$(launch_template_data)"
        return
    fi
    user_data="$(look_at_template 'LaunchTemplateVersions[0].LaunchTemplateData.UserData' text)"
    user_data="$(base64 --decode <<< "$user_data")"
    if differs drift/launch-template.json "$found"; then different=yes; fi
    if differs instances/user-data.sh "$user_data"; then different=yes; fi
    if [ "$different" = yes ]; then
        echo "~ launch template $launch_template (instances that run keep the user data that they booted with: replace them)"
        changes=$((changes + 1))
        [ "$mode" != preview ] || return 0
        number="$(aws ec2 create-launch-template-version --launch-template-name "$launch_template" \
            --launch-template-data "$(launch_template_data)" --query LaunchTemplateVersion.VersionNumber --output text)"
        aws ec2 modify-launch-template --launch-template-name "$launch_template" --default-version "$number" > /dev/null
    fi
}

# Leaves the revision to run in task_definition: the one that runs, where it is as this folder says, or a new one.
apply_task_definition() {
    local found
    task_definition="$name"
    found="$(look ServiceNotFoundException ecs describe-services --cluster "$cluster" --services "$name" \
        --query "services[?status!='INACTIVE'] | [0].taskDefinition" --output text)"
    task_definition="${found:-$name}"
    found="$(look 'Unable to describe task definition' ecs describe-task-definition --task-definition "$task_definition" --query "$task_definition_query" --output json)"
    if [ -n "$found" ] && ! differs drift/task-definition.json "$found"; then
        task_definition="$(aws ecs describe-task-definition --task-definition "$task_definition" --query taskDefinition.taskDefinitionArn --output text)"
        return
    fi
    echo "+ revision of the task definition $name"
    changes=$((changes + 1))
    task_definition=new
    [ "$mode" = preview ] || task_definition="$(aws ecs register-task-definition --cli-input-json file://task-definition.json --query taskDefinition.taskDefinitionArn --output text)"
}

# instances_of_cluster ARGUMENTS counts instances. As text, each page of the answer would be a number of its own.
instances_of_cluster() {
    aws ecs list-container-instances --cluster "$cluster" "$@" --query 'length(containerInstanceArns)' --output json
}

# may_be_replaced COUNT: whether one of so many proxies may end, so that its successor can have its ports.
may_be_replaced() {
    [ "$1" -eq 0 ] || [ "$((($1 * (100 - minimum_healthy)) / 100))" -gt 0 ] \
        || die "there is 1 proxy for each of $1 instances, and $minimum_healthy % of them must run, so none could be replaced: generate with --set minimum_healthy=0, or add instances"
}

apply_service() {
    local found
    [ "$(aws ecs describe-clusters --clusters "$cluster" --query "clusters[?status=='ACTIVE'] | length(@)" --output text)" = 1 ] || die "there is no cluster $cluster"
    found="$(look ServiceNotFoundException ecs describe-services --cluster "$cluster" --services "$name" \
        --query "services[?status!='INACTIVE'] | [0].[schedulingStrategy, taskDefinition, deploymentConfiguration.minimumHealthyPercent, desiredCount]" --output text)"
    case "$found" in
        "") change "+ service $name" ecs create-service --cli-input-json file://service.json --task-definition "$task_definition" ;;
        "DAEMON	$task_definition	$minimum_healthy	"*) ;;
        DAEMON*)
            may_be_replaced "${found##*	}"
            change "~ service $name" ecs update-service --cluster "$cluster" --service "$name" --task-definition "$task_definition" \
                --deployment-configuration "maximumPercent=100,minimumHealthyPercent=$minimum_healthy"
            ;;
        *) die "the service $name in the cluster $cluster is another one: it is no daemon" ;;
    esac
}

apply() {
    local closed open
    apply_logs
    apply_role iron-proxy-execution iam/execution-role.json
    apply_role iron-proxy-task iam/task-role.json
    apply_plan
    apply_launch_template
    apply_task_definition
    apply_service
    if [ "$mode" = preview ]; then
        say "to change: $changes"
        return
    fi
    # In two steps: the proxy runs on instances that have been started with the user data, and the launch template is there from now on.
    closed="$(instances_of_cluster --filter 'attribute:iron-proxy.closed == true')"
    all="$(instances_of_cluster)"
    open="$((all - closed))"
    if [ "$closed" -gt 0 ]; then
        say "changed: $changes; waiting until $name runs on the $closed closed instances of $cluster ..."
        aws ecs wait services-stable --cluster "$cluster" --services "$name"
        say "$name is stable"
    else
        say "changed: $changes; no instance of $cluster is closed yet, so nothing runs. Let its Auto Scaling group use the launch template $launch_template, and run this again when it has started some"
    fi
    [ "$open" -eq 0 ] || say "$open instances of $cluster are NOT closed: they were started without that template, and nothing on them holds tasks in. Replace them"
}

# What is looked for is kept in a variable first: inside of a test, an error of look would end nothing.
destroy_role() {
    local found
    found="$(look NoSuchEntity iam get-role --role-name "$1" --query Role.RoleName --output text)"
    [ -n "$found" ] || return 0
    found="$(look NoSuchEntity iam get-role-policy --role-name "$1" --policy-name "$name" --query PolicyName --output text)"
    [ -z "$found" ] || change "- what the role $1 may do" iam delete-role-policy --role-name "$1" --policy-name "$name"
    change "- role $1" iam delete-role --role-name "$1"
}

destroy() {
    local found revision revisions key
    found="$(look ServiceNotFoundException ecs describe-services --cluster "$cluster" --services "$name" \
        --query "services[?status!='INACTIVE'] | [0].serviceName" --output text)"
    if [ -n "$found" ]; then
        change "- service $name" ecs delete-service --cluster "$cluster" --service "$name" --force
        aws ecs wait services-inactive --cluster "$cluster" --services "$name"
    fi
    revisions="$(look None ecs list-task-definitions --family-prefix "$name" --status ACTIVE --query 'taskDefinitionArns[]' --output text)"
    for revision in $revisions; do
        # The prefix is that of other families as well.
        case "$revision" in
            */"$name":*) change "- task definition $revision" ecs deregister-task-definition --task-definition "$revision" ;;
        esac
    done
    found="$(look_at_template 'LaunchTemplateVersions[0].VersionNumber' text)"
    [ -z "$found" ] || change "- launch template $launch_template" ec2 delete-launch-template --launch-template-name "$launch_template"
    found="$(look NoSuchBucket s3api list-objects-v2 --bucket "$bucket" --prefix "$plan_folder/" --expected-bucket-owner "$account" --query 'Contents[].Key' --output text)"
    for key in $found; do
        change "- plan s3://$bucket/$key" s3api delete-object --bucket "$bucket" --key "$key" --expected-bucket-owner "$account"
    done
    destroy_role iron-proxy-execution
    destroy_role iron-proxy-task
    found="$(look ResourceNotFoundException logs describe-log-groups --log-group-name-prefix "$log_group" \
        --query "logGroups[?logGroupName=='$log_group'].logGroupName" --output text)"
    if [ -n "$found" ]; then
        if [ "$with_logs" = yes ]; then
            change "- log group $log_group" logs delete-log-group --log-group-name "$log_group"
        else
            say "the log group $log_group stays: it has the audit records"
        fi
    fi
    say "removed: $changes"
}

check_account
case "$mode" in
    destroy) destroy ;;
    *) apply ;;
esac
