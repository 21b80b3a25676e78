using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Sections.Clients;

/// <summary>What can be wrong with clients, and with rules that name them: IRON131x and IRON132x.</summary>
internal static class ClientDiagnostics
{
    public static void ClientUnknown(this DiagnosticBag bag, SourceSpan span, string name, IReadOnlyCollection<string> known)
    {
        var nearest = Suggestions.Nearest(name, known);
        bag.Error("IRON1310", span, $"there is no client {Quote.Of(name)}", known.Count == 0
            ? "list it under proxy.clients, with what names it"
            : nearest is not null ? $"did you mean {nearest}?" : $"the clients are {string.Join(", ", known)}");
    }

    public static void ClientNameInvalid(this DiagnosticBag bag, SourceSpan span, string name) =>
        bag.Error("IRON1311", span, $"{Quote.Of(name)} cannot be the name of a client", "a name begins with a letter or digit, and has letters, digits, dots, hyphens and underscores, at most 64");

    public static void ClientRepeated(this DiagnosticBag bag, SourceSpan span, string name, int line) =>
        bag.Error("IRON1312", span, $"there is already a client {Quote.Of(name)} on line {line}", "make one client of them, or rename one");

    public static void ClientProofTaken(this DiagnosticBag bag, SourceSpan span, string what, int line, string hint) =>
        bag.Error("IRON1313", span, $"{what} names a client already (line {line})", hint);

    public static void ClientWithoutProof(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1314", span, "nothing tells who this client is", "add password:, certificate: or networks:");

    public static void ClientNeedsTunnel(this DiagnosticBag bag, SourceSpan span, string what) =>
        bag.Error("IRON1315", span, $"there is no tunnel listener, and a client shows {what} nowhere else", "add proxy.tunnel_listen, or name the client by its networks");

    public static void ClientUsernameInvalid(this DiagnosticBag bag, SourceSpan span, string problem) =>
        bag.Error("IRON1316", span, $"the user name {problem}", "write another one, or leave it out: the client's name is the default");

    public static void ClientUsernameAlone(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1317", span, "a user name alone proves nothing", "add password: beside it, or remove it");

    public static void ClientCertificateUnclear(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1318", span, "a client is told by one thing that its certificate says", "write one of dns:, uri:, email:, cn: and sha256:");

    public static void ClientCertificateUnasked(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1319", span, "nobody asks clients for a certificate", "add proxy.tunnel_tls with cert:, key: and client_ca:");

    public static void TunnelTlsWithoutListener(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1321", span, "there is no tunnel listener to speak TLS", "add proxy.tunnel_listen, or remove tunnel_tls:");

    public static void ClientCaUnused(this DiagnosticBag bag, SourceSpan span) =>
        bag.Add("IRON1322", DiagnosticSeverity.Warning, span, "client_ca has no effect, because no client is told by a certificate", "add certificate: to a client of proxy.clients, or remove client_ca:");

    private static void Error(this DiagnosticBag bag, string code, SourceSpan span, string message, string hint) =>
        bag.Add(code, DiagnosticSeverity.Error, span, message, hint);
}
