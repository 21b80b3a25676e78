using System.Text.Json.Nodes;
using IronProxy.Plan;

namespace IronProxy.Runtime.Secrets.Aws;

/// <summary>One question to a service of AWS.</summary>
/// <param name="Service">The service.</param>
/// <param name="Id">Name or ARN of what is asked for.</param>
/// <param name="Region">The region that the source names.</param>
/// <param name="Body">What is asked.</param>
/// <param name="Permission">What it takes.</param>
internal sealed record AwsQuestion(AwsService Service, string Id, string? Region, JsonObject Body, AwsPermission Permission);
