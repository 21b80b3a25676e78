namespace IronProxy.Targets.Workloads;

/// <summary>
/// What tells programs of a workload to trust the proxy's CA. Each runtime has a variable of its own, and most replace their store by
/// what it names: so the public CAs are in the bundle. The files are those that the image's iron-proxy-ca writes.
/// </summary>
/// <param name="Name">The variable.</param>
/// <param name="Value">Its value.</param>
/// <param name="Reader">Who reads it, where the name does not say so; empty otherwise.</param>
public sealed record TrustVariable(string Name, string Value, string Reader = "")
{
    /// <summary>The variables for a folder of the workload.</summary>
    public static IReadOnlyList<TrustVariable> In(string folder)
    {
        var bundle = folder + "/ca-bundle.crt";
        return
        [
            new("SSL_CERT_FILE", bundle, "OpenSSL, Go, Python's ssl, Ruby, .NET"),
            new("CURL_CA_BUNDLE", bundle),
            new("REQUESTS_CA_BUNDLE", bundle, "Python's requests and pip"),
            new("PIP_CERT", bundle),
            new("NODE_EXTRA_CA_CERTS", folder + "/ca.crt", "Node.js adds to its store"),
            new("GIT_SSL_CAINFO", bundle),
            new("AWS_CA_BUNDLE", bundle),
            new("CARGO_HTTP_CAINFO", bundle),
            new("DENO_CERT", folder + "/ca.crt"),
            new("JAVA_TOOL_OPTIONS", $"-Djavax.net.ssl.trustStore={folder}/truststore.p12 -Djavax.net.ssl.trustStoreType=PKCS12 -Djavax.net.ssl.trustStorePassword=changeit", "The password protects nothing: the store holds certificates only."),
        ];
    }
}
