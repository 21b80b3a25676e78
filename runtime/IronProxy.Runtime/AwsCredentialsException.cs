namespace IronProxy.Runtime;

/// <summary>The machine has no credentials for AWS. The message is a part of a sentence, without a secret.</summary>
public sealed class AwsCredentialsException(string message) : Exception(message);
