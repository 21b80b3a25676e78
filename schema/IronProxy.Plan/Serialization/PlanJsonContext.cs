using System.Text.Json.Serialization;

namespace IronProxy.Plan.Serialization;

/// <summary>The JSON layout of a plan. A member that this build does not know is an error: nothing is skipped.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ProxyPlan))]
public sealed partial class PlanJsonContext : JsonSerializerContext;
