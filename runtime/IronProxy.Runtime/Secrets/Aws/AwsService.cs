namespace IronProxy.Runtime.Secrets.Aws;

/// <summary>A service of AWS that answers JSON.</summary>
/// <param name="Name">What its host names begin with, and signatures name.</param>
/// <param name="Operation">What is asked of it, as <c>X-Amz-Target</c> names it.</param>
/// <param name="EndpointVariable">The variable that says where it is instead, as the SDKs of AWS name it.</param>
internal sealed record AwsService(string Name, string Operation, string EndpointVariable);
