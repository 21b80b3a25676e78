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
plan_key=iron-proxy/proxy.plan.json
log_group=/ecs/iron-proxy
log_days=90
launch_template=iron-proxy-instances
task_sha256=9bbb54b0fc0ba632ba70ab92024508b78ae12d02dc5b92bdedb823463aaf4c60

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
        return
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

apply_plan() {
    local found sum
    sum="$(sha256sum proxy.plan.json)"
    sum="${sum%% *}"
    found="$(look '(404)' s3api head-object --bucket "$bucket" --key "$plan_key" --expected-bucket-owner "$account" --query Metadata.sha256 --output text)"
    [ "$found" = "$sum" ] || change "$([ -z "$found" ] && echo + || echo '~') plan s3://$bucket/$plan_key" s3api put-object --bucket "$bucket" --key "$plan_key" --expected-bucket-owner "$account" \
        --body proxy.plan.json --content-type application/json --metadata "sha256=$sum"
}

launch_template_data() {
    local text data
    text="$(cat instances/launch-template.json)"
    data="$(base64 --wrap=0 instances/user-data.sh)"
    printf '%s' "${text/USER_DATA/$data}"
}

apply_launch_template() {
    local found data sum number
    data="$(launch_template_data)"
    sum="$(sha256sum <<< "$data")"
    sum="sha256 ${sum%% *}"
    # shellcheck disable=SC2016 # $Default is the name of a version.
    found="$(look InvalidLaunchTemplateName.NotFoundException ec2 describe-launch-template-versions --launch-template-name "$launch_template" \
        --versions '$Default' --query 'LaunchTemplateVersions[0].VersionDescription' --output text)"
    if [ -z "$found" ]; then
        change "+ launch template $launch_template" ec2 create-launch-template --launch-template-name "$launch_template" \
            --version-description "$sum" --launch-template-data "$data"
    elif [ "$found" != "$sum" ]; then
        echo "~ launch template $launch_template (instances that run keep the user data that they booted with: replace them)"
        changes=$((changes + 1))
        [ "$mode" != preview ] || return 0
        number="$(aws ec2 create-launch-template-version --launch-template-name "$launch_template" --version-description "$sum" \
            --launch-template-data "$data" --query LaunchTemplateVersion.VersionNumber --output text)"
        aws ec2 modify-launch-template --launch-template-name "$launch_template" --default-version "$number" > /dev/null
    fi
}

# Leaves the revision to run in task_definition.
apply_task_definition() {
    local found
    found="$(look 'Unable to describe task definition' ecs describe-task-definition --task-definition "$name" --include TAGS \
        --query "[taskDefinition.taskDefinitionArn, tags[?key=='iron-proxy-sha256'].value | [0]]" --output text)"
    task_definition="${found%%	*}"
    if [ -z "$found" ] || [ "${found##*	}" != "$task_sha256" ]; then
        echo "+ revision of the task definition $name"
        changes=$((changes + 1))
        task_definition=new
        if [ "$mode" = apply ]; then
            task_definition="$(aws ecs register-task-definition --cli-input-json file://task-definition.json \
                --tags "key=iron-proxy-sha256,value=$task_sha256" --query taskDefinition.taskDefinitionArn --output text)"
        fi
    fi
}

apply_service() {
    local found
    [ "$(aws ecs describe-clusters --clusters "$cluster" --query "clusters[?status=='ACTIVE'] | length(@)" --output text)" = 1 ] || die "there is no cluster $cluster"
    found="$(look ServiceNotFoundException ecs describe-services --cluster "$cluster" --services "$name" \
        --query "services[?status!='INACTIVE'] | [0].[schedulingStrategy, taskDefinition]" --output text)"
    case "$found" in
        "") change "+ service $name" ecs create-service --cli-input-json file://service.json --task-definition "$task_definition" ;;
        "DAEMON	$task_definition") ;;
        DAEMON*) change "~ service $name" ecs update-service --cluster "$cluster" --service "$name" --task-definition "$task_definition" ;;
        *) die "the service $name in the cluster $cluster is another one: it is no daemon" ;;
    esac
}

apply() {
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
    say "changed: $changes; waiting until $name runs on every instance of $cluster ..."
    aws ecs wait services-stable --cluster "$cluster" --services "$name"
    say "$name is stable"
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
    local found revision revisions
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
    # shellcheck disable=SC2016
    found="$(look InvalidLaunchTemplateName.NotFoundException ec2 describe-launch-template-versions --launch-template-name "$launch_template" \
        --versions '$Default' --query 'LaunchTemplateVersions[0].VersionNumber' --output text)"
    [ -z "$found" ] || change "- launch template $launch_template" ec2 delete-launch-template --launch-template-name "$launch_template"
    found="$(look '(404)' s3api head-object --bucket "$bucket" --key "$plan_key" --expected-bucket-owner "$account" --query ContentLength --output text)"
    [ -z "$found" ] || change "- plan s3://$bucket/$plan_key" s3api delete-object --bucket "$bucket" --key "$plan_key" --expected-bucket-owner "$account"
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
