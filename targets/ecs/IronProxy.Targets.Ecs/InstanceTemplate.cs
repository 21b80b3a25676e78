using System.Text.Json.Nodes;

namespace IronProxy.Targets.Ecs;

/// <summary>What instances are launched from, in the shape that CreateLaunchTemplate takes.</summary>
internal static class InstanceTemplate
{
    /// <summary>The key whose value is put in when the template is applied.</summary>
    public const string UserDataKey = "UserData";

    /// <summary>What is not in a file of its own.</summary>
    public static JsonObject WithoutUserData(EcsLayout layout)
    {
        var template = Create(layout);
        template.Remove(UserDataKey);
        return template;
    }

    /// <summary>One hop is too short for a container on the bridge to ask for the instance's role.</summary>
    public static JsonObject Create(EcsLayout layout) => new()
    {
        ["ImageId"] = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id",
        ["InstanceType"] = layout.InstanceType,
        ["IamInstanceProfile"] = new JsonObject { ["Name"] = layout.InstanceProfile },
        ["MetadataOptions"] = new JsonObject { ["HttpEndpoint"] = "enabled", ["HttpTokens"] = "required", ["HttpPutResponseHopLimit"] = 1, ["HttpProtocolIpv6"] = "disabled" },
        [UserDataKey] = "USER_DATA",
    };
}
