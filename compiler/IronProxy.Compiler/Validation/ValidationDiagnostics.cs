using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Validation;

/// <summary>What can be wrong between values: IRON12xx, and from IRON1323 on.</summary>
internal static class ValidationDiagnostics
{
    // The whole file and its sections.
    public static void NothingAllowed(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1201", span, "nothing decides what may leave the proxy", "add an allowlist under transforms:, with the hosts that the workload needs");

    public static void ListenersCollide(this DiagnosticBag bag, SourceSpan span, string one, string other, string address) =>
        bag.Error("IRON1202", span, $"{one} and {other} both listen on {address}", "give each its own port, or disable one with \"\"");

    public static void CaMissing(this DiagnosticBag bag, SourceSpan span, string key) =>
        bag.Error("IRON1203", span, $"tls.{key} is missing, and TLS cannot be terminated without a CA", $"make a CA with 'ironc ca create', and write its path as {key}: under tls:");

    public static void ProxyIpMissing(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1204", span, "dns.proxy_ip is missing, so the DNS server has no address to answer with", "write the address where workloads reach the proxy, or enabled: false");

    public static void AddressNotIPv4(this DiagnosticBag bag, SourceSpan span, string what) =>
        bag.Error("IRON1205", span, $"{what} must be an IPv4 address", "write four decimal numbers, such as 172.20.0.2; records of type AAAA are not available, and such questions are answered empty");

    public static void RecordRepeated(this DiagnosticBag bag, SourceSpan span, string name, string type, int line) =>
        bag.Error("IRON1206", span, $"{name} already has a record of type {type} on line {line}", "keep one of the two");

    public static void RecordBesideCname(this DiagnosticBag bag, SourceSpan span, string name, int line) =>
        bag.Error("IRON1207", span, $"{name} has a CNAME and another record (line {line}), and an alias stands alone", "keep the CNAME or the A record");

    public static void PassthroughEverything(this DiagnosticBag bag, SourceSpan span) =>
        bag.Add("IRON1208", DiagnosticSeverity.Warning, span, "every name is passed through, so DNS routes nothing to the proxy", "list the internal names only, or disable the DNS server");

    public static void DnsKeyWithoutServer(this DiagnosticBag bag, SourceSpan span, string key) =>
        bag.Add("IRON1209", DiagnosticSeverity.Warning, span, $"dns.{key} has no effect, because the DNS server is disabled", "remove it, or enable the server");

    public static void ResolverInvalid(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1210", span, "the resolver must be an IP address, with a port if it is not 53", "write 8.8.8.8:53 or [2001:4860:4860::8888]:53");

    public static void ProxyIpInvalid(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1211", span, "proxy_ip is not an IP address", "write the address where workloads reach the proxy, such as 172.20.0.2 or fd00::2");

    public static void TlsKeyUnused(this DiagnosticBag bag, SourceSpan span, string key) =>
        bag.Add("IRON1212", DiagnosticSeverity.Warning, span, $"tls.{key} has no effect, because sni-only makes no certificates", "remove it, or use mode: mitm");

    public static void UpstreamProxyMissing(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1213", span, "upstream_proxy names no proxy", "add http_proxy: and https_proxy:, or from_environment: true, or remove upstream_proxy:");

    public static void LimitUnused(this DiagnosticBag bag, SourceSpan span, string key, long value, string total, long of) =>
        bag.Add("IRON1214", DiagnosticSeverity.Warning, span, $"limits.{key} has no effect, because {value} are more than the {of} of limits.{total}", $"write less than {of}, or leave it out: half of {total} is the default");

    public static void BufferSmallerThanBody(this DiagnosticBag bag, SourceSpan span, long buffered, long body) =>
        bag.Add("IRON1215", DiagnosticSeverity.Warning, span, $"proxy.max_request_body_bytes lets a body have {body} bytes, and limits.buffered_body_bytes {buffered} for all bodies", "write a buffered_body_bytes: that has room for several bodies, or a smaller max_request_body_bytes:");

    public static void PassedThroughUnseen(this DiagnosticBag bag, SourceSpan span, string key) =>
        bag.Error("IRON1229", span, $"the rule passes TLS through, and {key} are not seen there", "a rule with tls: passthrough has a host or network, and ports");

    public static void PassedThroughHides(this DiagnosticBag bag, SourceSpan span, string host, string who) =>
        bag.Error("IRON1230", span, $"TLS to {host} is passed through, and {who} would have to see what is in it", $"leave {host} out of those rules, or remove tls: passthrough");

    public static void ProxyIpv6Invalid(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1216", span, "proxy_ipv6 is not an IPv6 address", "write the IPv6 address where workloads reach the proxy, such as fd00::2; an IPv4 address belongs into proxy_ip");

    public static void ProxyIpv6Twice(this DiagnosticBag bag, SourceSpan span, int line) =>
        bag.Error("IRON1217", span, $"proxy_ip is an IPv6 address already (line {line}), and the proxy has one address of each family", "write the IPv4 address as proxy_ip, or remove proxy_ipv6");

    public static void ProxyCredentialsIncomplete(this DiagnosticBag bag, SourceSpan span, string key, string missing) =>
        bag.Error("IRON1218", span, $"{key} has no {missing} beside it", $"add {missing}:, or remove {key}:");

    public static void ProxyUsernameInvalid(this DiagnosticBag bag, SourceSpan span, string problem) =>
        bag.Error("IRON1219", span, $"the user name {problem}", "write the name that the proxy knows, and its password under password:");

    public static void UpstreamProxyTwice(this DiagnosticBag bag, SourceSpan span, string key) =>
        bag.Error("IRON1323", span, $"{key} stands beside from_environment, and both say how upstreams are reached", "keep one of them: variables of the environment hold hosts that are dialled without a proxy, and credentials, too");

    // Rules.
    public static void RuleWithoutHost(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1221", span, "the rule names neither a host nor a network", "add host: or cidr:; host: \"*\" is every host");

    public static void RuleWithHostAndNetwork(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1222", span, "the rule names a host and a network", "make two rules of it");

    public static void EmptyChoice(this DiagnosticBag bag, SourceSpan span, string key) =>
        bag.Error("IRON1223", span, $"an empty list of {key} allows nothing{(key is "methods" or "paths" ? ", and the original product would allow all" : "")}", $"leave {key}: out to allow all, or list what is allowed");

    public static void MethodBesideWildcard(this DiagnosticBag bag, SourceSpan span) =>
        bag.Add("IRON1224", DiagnosticSeverity.Warning, span, "\"*\" already allows every method", "write [\"*\"] alone, or list the methods without it");

    public static void AllowlistEmpty(this DiagnosticBag bag, SourceSpan span) =>
        bag.Add("IRON1225", DiagnosticSeverity.Warning, span, "the allowlist has no entry, so every request is denied", "add domains:, cidrs: or rules:");

    public static void ListWithoutValue(this DiagnosticBag bag, SourceSpan span, string key, string meaning) =>
        bag.Error("IRON1226", span, $"{key} has no value, which could mean {meaning}", $"list what you mean under {key}:, or remove the key");

    public static void JudgedByMethod(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1324", span, "the rule asks for methods, and what comes by another method would not be judged", "leave methods: out; what is no call by a method that the policy takes is refused");

    // Secrets.
    public static void InjectWithoutRules(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1227", span, "the secret would be put into every request that is allowed", "add rules: with the hosts that it belongs to; host: \"*\" is every host");

    public static void StrictWithoutScrubbing(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1228", span, "scrub_strict refuses responses that cannot be searched, and nothing is searched for here", "add scrub_responses: true, or remove scrub_strict");

    public static void NeverReadAgain(this DiagnosticBag bag, SourceSpan span) =>
        bag.Add("IRON1351", DiagnosticSeverity.Warning, span, "failure_ttl does nothing here, as the value is read once", "write ttl: 15m, or another time, or remove failure_ttl");

    public static void SecretWithoutMode(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1231", span, "the secret is neither injected nor does it replace a placeholder", "add inject: or replace:");

    public static void SecretWithTwoModes(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1232", span, "the secret has both inject and replace", "make two entries of it, or keep one");

    public static void SecretMixesForms(this DiagnosticBag bag, SourceSpan span, string key, string block) =>
        bag.Error("IRON1233", span, $"{key} stands beside {block}, and both say how the secret is applied", block == "replace" ? $"move {key} into the replace block" : $"remove {key}, or the inject block");

    public static void InjectWithoutTarget(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1234", span, "the inject block names neither a header nor a query parameter", "add header: or query_param:");

    public static void InjectWithTwoTargets(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1235", span, "the inject block names a header and a query parameter", "make two entries of it, or keep one");

    public static void FormatterWithoutHeader(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1236", span, "a formatter acts on a header, and this secret goes into the query", "remove the formatter");

    public static void PlaceholderShort(this DiagnosticBag bag, SourceSpan span, int length) =>
        bag.Add("IRON1237", DiagnosticSeverity.Warning, span, $"a placeholder of {length} characters can turn up by chance", "use 8 characters or more, such as pk-proxy-openai");

    public static void PlaceholderRepeated(this DiagnosticBag bag, SourceSpan span, int line) =>
        bag.Error("IRON1238", span, $"the same placeholder with the same rules is on line {line}, so the second secret is never used", "give each secret its own placeholder, or different rules");

    /// <summary>It may be the secret itself, and is not repeated.</summary>
    public static void VariableNameInvalid(this DiagnosticBag bag, SourceSpan span) =>
        bag.Add("IRON1239", DiagnosticSeverity.Error, span, "this cannot be the name of an environment variable", "write the name alone, such as OPENAI_API_KEY", hidden: span);

    /// <summary>The same: many keys of APIs have a hyphen, as in sk-....</summary>
    public static void VariableNameStrange(this DiagnosticBag bag, SourceSpan span) =>
        bag.Add("IRON1352", DiagnosticSeverity.Warning, span, "this is no name that shells and init systems give to a variable, and may be the secret itself", "write the name of the variable that holds it, of letters, digits and '_', such as OPENAI_API_KEY", hidden: span);

    // Credentials of the transforms that mint and sign.
    public static void CredentialMissing(this DiagnosticBag bag, SourceSpan span, string key, string way) =>
        bag.Error("IRON1241", span, $"the {way} needs {key}", $"add {key}: to the entry");

    public static void CredentialUnused(this DiagnosticBag bag, SourceSpan span, string key, string way) =>
        bag.Error("IRON1242", span, $"the {way} does not use {key}", $"remove it, or choose the {way.Split(' ')[0]} that it belongs to");

    public static void VaultPathInvalid(this DiagnosticBag bag, SourceSpan span, string path) =>
        bag.Error("IRON1269", span, $"{Quote.Of(path)} is no path in Vault: it begins or ends with a slash, or has two in a row or dots", "write it without a slash at its ends, such as apps/agent");

    public static void KubernetesNameInvalid(this DiagnosticBag bag, SourceSpan span, string name, string what, string form) =>
        bag.Error("IRON1350", span, $"{Quote.Of(name)} cannot be {what} in Kubernetes", $"write {form}");

    public static void ChangedBehindSignature(this DiagnosticBag bag, SourceSpan span, string place, string signer, int line) =>
        bag.Error("IRON1266", span, $"this changes the {place} of requests that {signer} in line {line} has signed by then", $"move {signer} behind this transform, or keep its rules apart from those here");

    public static void ChangedBehindJudgement(this DiagnosticBag bag, SourceSpan span, string place, string judge, int line) =>
        bag.Error("IRON1325", span, $"this changes the {place} of requests that {judge} in line {line} has judged by then", $"move {judge} behind this transform, so that it sees what is sent");

    public static void MayChangeBehindJudgement(this DiagnosticBag bag, SourceSpan span, string judge, int line) =>
        bag.Add("IRON1326", DiagnosticSeverity.Warning, span, $"the server may change requests that {judge} in line {line} has judged by then", $"move {judge} behind this transform, so that it sees what is sent");

    public static void FieldInvalid(this DiagnosticBag bag, SourceSpan span, string field) =>
        bag.Error("IRON1327", span, $"{Quote.Of(field)} cannot be a field of GraphQL", "write names of letters, digits and underscores, with dots between them on a path beneath a field; \"*\" is any field at the root");

    public static void FieldReserved(this DiagnosticBag bag, SourceSpan span, string field) =>
        bag.Error("IRON1328", span, $"{Quote.Of(field)} is a field of introspection, and no list decides about those", "write introspection: true, or remove the entry; __typename is always allowed");

    public static void QueryHashInvalid(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1329", span, "this is no SHA-256 hash", "write its 64 hexadecimal digits, as clients send them in extensions.persistedQuery.sha256Hash");

    public static void FieldLeadsOn(this DiagnosticBag bag, SourceSpan span, string field) =>
        bag.Add("IRON1330", DiagnosticSeverity.Warning, span, $"everything beneath {Quote.Of(field)} may be selected, as far as the graph leads", "list what may be under fields:, such as [name, issues.nodes.title]");

    public static void MethodNoPattern(this DiagnosticBag bag, SourceSpan span, string method) =>
        bag.Add("IRON1331", DiagnosticSeverity.Warning, span, $"{Quote.Of(method)} is one method, as names are compared letter for letter", "write each method that may be called as an entry of its own, without blanks");

    public static void TokenNotRequired(this DiagnosticBag bag, SourceSpan span) =>
        bag.Add("IRON1265", DiagnosticSeverity.Warning, span, "while no token can be minted, requests go on without it", "remove require: false, so that they are refused");

    public static void ListEmpty(this DiagnosticBag bag, SourceSpan span, string key, string item) =>
        bag.Error("IRON1243", span, $"{key} is empty, and at least one {item} is needed here", $"add {item} entries to {key}:");

    public static void IdentityMissing(this DiagnosticBag bag, SourceSpan span, string choices) =>
        bag.Error("IRON1244", span, "nothing says which credentials are used", $"add {choices}");

    public static void IdentityTwice(this DiagnosticBag bag, SourceSpan span, string key, string other) =>
        bag.Error("IRON1245", span, $"{key} stands beside {other}, and both say which credentials are used", "keep one of them");

    public static void SubjectWithoutKey(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1246", span, "a subject is impersonated with a key of the service account, and credentials_provider has none", "use keyfile:, or remove subject:");

    public static void GoogleScopeUnlikely(this DiagnosticBag bag, SourceSpan span, string scope) =>
        bag.Add("IRON1270", DiagnosticSeverity.Warning, span, $"{Quote.Of(scope)} is probably no scope of Google, which are URLs", "write each as an item of its own, such as https://www.googleapis.com/auth/devstorage.read_only");

    public static void GcpSecretNameInvalid(this DiagnosticBag bag, SourceSpan span, string name) =>
        bag.Error("IRON1271", span, $"{Quote.Of(name)} is no name of a secret in Google Cloud", "write projects/PROJECT/secrets/NAME, and /versions/VERSION behind it for another version than the latest");

    public static void AzureScopeInvalid(this DiagnosticBag bag, SourceSpan span, string scope) =>
        bag.Error("IRON1293", span, $"{Quote.Of(scope)} is no scope that an application can ask for", "write a resource and /.default, such as https://management.azure.com/.default");

    public static void AzureIdInvalid(this DiagnosticBag bag, SourceSpan span, string text, string what, string hint) =>
        bag.Error("IRON1294", span, $"{Quote.Of(text)} is no {what}", hint);

    public static void GithubAppUnnamed(this DiagnosticBag bag, SourceSpan span, string what, string choices) =>
        bag.Error("IRON1286", span, $"nothing says which {what} it is", $"add {choices}");

    public static void GithubAppNamedTwice(this DiagnosticBag bag, SourceSpan span, string what, string key, string other) =>
        bag.Error("IRON1287", span, $"{key} stands beside {other}, and both say which {what} it is", "keep one of them");

    public static void GithubNameInvalid(this DiagnosticBag bag, SourceSpan span, string text, string what) =>
        bag.Error("IRON1288", span, $"{Quote.Of(text)} is no name of {what}", "write the name alone, as it stands in the address of a repository: https://github.com/OWNER/REPOSITORY");

    public static void GithubPermissionInvalid(this DiagnosticBag bag, SourceSpan span, string text) =>
        bag.Error("IRON1289", span, $"{Quote.Of(text)} is no permission of GitHub", "write names of its API, each with read, write or admin, such as {contents: read, pull_requests: write}");

    public static void GithubTokenUnlimited(this DiagnosticBag bag, SourceSpan span) =>
        bag.Add("IRON1292", DiagnosticSeverity.Warning, span, "tokens may do all that the app may, wherever it is installed", "write what they are for, such as permissions: {contents: read}");

    public static void SigningKeyMissing(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1247", span, "there is no credential called secret, which would be the key of the signature", "add secret: with its source under credentials:");

    public static void SignatureUnused(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1248", span, "no header carries the signature", "use {{ .Signature }} in the value of a header");

    public static void CredentialNameInvalid(this DiagnosticBag bag, SourceSpan span, string name) =>
        bag.Error("IRON1249", span, $"{Quote.Of(name)} cannot be named in a template", "use letters, digits and underscores, such as api_key");

    public static void HeaderRepeated(this DiagnosticBag bag, SourceSpan span, string name, int line) =>
        bag.Error("IRON1250", span, $"the header {name} is set on line {line} already", "keep one of the two");

    // Deciders.
    public static void JudgeRepeated(this DiagnosticBag bag, SourceSpan span, string name, int line) =>
        bag.Error("IRON1251", span, $"the judge on line {line} is called {Quote.Of(name)} too, and audit records could not tell them apart", "give each judge its own name");

    public static void PriceInvalid(this DiagnosticBag bag, SourceSpan span, string price) =>
        bag.Error("IRON1272", span, $"{Quote.Of(price)} is no price of a million tokens", "write US dollars with three decimals at most, such as 0.80");

    public static void BaseUrlHasVersion(this DiagnosticBag bag, SourceSpan span) => bag.Add(
        "IRON1273", DiagnosticSeverity.Warning, span, "the API is asked at /v1/... behind this URL, which ends in /v1 already", "remove /v1 from the end");

    public static void BaseUrlHasQuery(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1274", span, "the path of the API is put behind this URL, which has a query", "write the URL up to the path");

    public static void CertificateWithoutKey(this DiagnosticBag bag, SourceSpan span, string key, string missing) =>
        bag.Error("IRON1252", span, $"{key} needs {missing} beside it", $"add {missing}:, or remove {key}:");

    public static void TlsDisabled(this DiagnosticBag bag, SourceSpan span, string key) =>
        bag.Add("IRON1253", DiagnosticSeverity.Warning, span, $"{key} has no effect, because TLS is not enabled for this connection", "write enabled: true, or remove it");

    public static void MayChangeBehindSignature(this DiagnosticBag bag, SourceSpan span, string signer, int line) => bag.Add(
        "IRON1290", DiagnosticSeverity.Warning, span, $"a change that the server makes would break the signature that {signer} in line {line} has made by then", $"move {signer} behind this transform");

    public static void ServerWithoutTls(this DiagnosticBag bag, SourceSpan span) => bag.Add(
        "IRON1291", DiagnosticSeverity.Warning, span, "requests are shown to this server, and decided by it, without TLS", "write tls: {enabled: true} if the server has it");

    // Tools.
    public static void MatcherMissing(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1261", span, "nothing is asked of the argument", "add equals:, in: or matches:");

    public static void MatcherTwice(this DiagnosticBag bag, SourceSpan span, string key, string other) =>
        bag.Error("IRON1262", span, $"{key} stands beside {other}, and an entry asks one thing", "make two entries with the same path of it, if both must hold");

    public static void ServerRepeated(this DiagnosticBag bag, SourceSpan span, string name, int line) =>
        bag.Error("IRON1263", span, $"the server on line {line} is called {Quote.Of(name)} too, and audit records could not tell them apart", "give each server its own name");

    public static void ArgumentPathInvalid(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1264", span, "this path leads to no argument", "write the members with dots between them, such as owner or target.repo");

    public static void ServerWithoutMessages(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1280", span, "no rule of this server matches POST, by which tools are called", "leave methods out, or add POST to them");

    public static void ResourceStarInside(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1281", span, "a * stands for the rest of a URI, and something follows it", "end the URI with the *, or list the resources one by one");

    private static void Error(this DiagnosticBag bag, string code, SourceSpan span, string message, string hint) =>
        bag.Add(code, DiagnosticSeverity.Error, span, message, hint);
}
