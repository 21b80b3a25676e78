namespace IronProxy.Certificates;

/// <summary>A CA cannot be used. The message is for the operator, is one sentence, and holds nothing of the key.</summary>
public sealed class CertificateAuthorityException(string message, Exception? inner = null) : Exception(message, inner);
