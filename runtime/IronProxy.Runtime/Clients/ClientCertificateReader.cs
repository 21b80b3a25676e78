using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IronProxy.Plan;

namespace IronProxy.Runtime.Clients;

/// <summary>Reads who a certificate says that its owner is. That it is one of a CA's was checked before.</summary>
internal static class ClientCertificateReader
{
    private const string AlternativeNames = "2.5.29.17";
    private const string CommonName = "2.5.4.3";

    /// <summary>Reads all names.</summary>
    public static ShownCertificate Read(X509Certificate2 certificate)
    {
        var names = ImmutableArray.CreateBuilder<ClientCertificatePlan>();
        names.Add(new ClientCertificatePlan(ClientCertificatePlan.Sha256, Convert.ToHexStringLower(SHA256.HashData(certificate.RawData))));

        // Of several nobody could say which one is the owner's.
        if (certificate.SubjectName.EnumerateRelativeDistinguishedNames().Where(IsCommonName).ToArray() is [var only] && only.GetSingleElementValue() is { } name)
        {
            names.Add(new ClientCertificatePlan(ClientCertificatePlan.CommonName, name));
        }

        foreach (var extension in certificate.Extensions.Where(e => e.Oid?.Value == AlternativeNames))
        {
            AddAlternatives(extension.RawData, names);
        }

        return new ShownCertificate(names.ToImmutable());
    }

    private static bool IsCommonName(X500RelativeDistinguishedName part) => !part.HasMultipleElements && part.GetSingleElementType().Value == CommonName;

    /// <summary>RFC 5280, 4.2.1.6: of the general names, those that a policy can ask for. What cannot be read ends the names.</summary>
    private static void AddAlternatives(byte[] extension, ImmutableArray<ClientCertificatePlan>.Builder names)
    {
        try
        {
            var alternatives = new AsnReader(extension, AsnEncodingRules.DER).ReadSequence();
            while (alternatives.HasData)
            {
                var tag = alternatives.PeekTag();
                string? kind = tag.TagClass != TagClass.ContextSpecific ? null : tag.TagValue switch
                {
                    1 => ClientCertificatePlan.Email,
                    2 => ClientCertificatePlan.Dns,
                    6 => ClientCertificatePlan.Uri,
                    _ => null,
                };
                if (kind is null)
                {
                    alternatives.ReadEncodedValue();
                    continue;
                }

                var value = alternatives.ReadCharacterString(UniversalTagNumber.IA5String, tag);
                names.Add(new ClientCertificatePlan(kind, kind == ClientCertificatePlan.Dns ? value.ToLowerInvariant() : value));
            }
        }
        catch (AsnContentException)
        {
            // Whoever signed this wrote no such names: the certificate is told by the others, or by none.
        }
    }
}
