namespace IronProxy.Targets.Workloads;

/// <summary>
/// What tells programs of a workload to trust the proxy's CA. Each runtime has a variable of its own, and most replace their store by
/// what it names: so the public CAs are in the bundle.
/// </summary>
/// <param name="Name">The variable.</param>
/// <param name="Value">Its value.</param>
/// <param name="Reader">Who reads it, where the name does not say so; empty otherwise.</param>
public sealed record TrustVariable(string Name, string Value, string Reader = "")
{
    /// <summary>The variables for a folder of the workload that has the files which the image's iron-proxy-ca writes.</summary>
    public static IReadOnlyList<TrustVariable> In(string folder) => [.. Of(folder + "/ca-bundle.crt", folder + "/ca.crt"), Java(folder + "/truststore.p12")];

    /// <summary>The variables of programs that read certificates in PEM, which are all but Java's.</summary>
    /// <param name="bundle">A file with the public CAs and the proxy's.</param>
    /// <param name="certificate">A file with the proxy's alone, for those that add to what they have.</param>
    public static IReadOnlyList<TrustVariable> Of(string bundle, string certificate) =>
    [
        new("SSL_CERT_FILE", bundle, "OpenSSL, Go, Python's ssl, Ruby, .NET"),
        new("CURL_CA_BUNDLE", bundle),
        new("REQUESTS_CA_BUNDLE", bundle, "Python's requests and pip"),
        new("PIP_CERT", bundle),
        new("NODE_EXTRA_CA_CERTS", certificate, "Node.js adds to its store"),
        new("GIT_SSL_CAINFO", bundle),
        new("AWS_CA_BUNDLE", bundle),
        new("CARGO_HTTP_CAINFO", bundle),
        new("DENO_CERT", certificate),
    ];

    /// <summary>The variable of Java.</summary>
    /// <param name="store">A store in PKCS #12 with the public CAs and the proxy's.</param>
    public static TrustVariable Java(string store) => new(
        "JAVA_TOOL_OPTIONS",
        $"-Djavax.net.ssl.trustStore={store} -Djavax.net.ssl.trustStoreType=PKCS12 -Djavax.net.ssl.trustStorePassword=changeit",
        "The password protects nothing: the store holds certificates only.");
}
