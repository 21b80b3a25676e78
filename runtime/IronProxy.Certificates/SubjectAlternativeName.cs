using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace IronProxy.Certificates;

/// <summary>
/// The subjectAltName of a leaf (RFC 5280, 4.2.1.6). It is written here, as <see cref="SubjectAlternativeNameBuilder"/>
/// passes names through IDNA a second time, and refuses some that real hosts have.
/// </summary>
internal static class SubjectAlternativeName
{
    private const string Oid = "2.5.29.17";
    private static readonly Asn1Tag DnsName = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag IpAddress = new(TagClass.ContextSpecific, 7);

    public static X509Extension Create(LeafName name, bool critical)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            if (name.Address is { } address)
            {
                writer.WriteOctetString(address.GetAddressBytes(), IpAddress);
            }
            else
            {
                writer.WriteCharacterString(UniversalTagNumber.IA5String, name.ToString(), DnsName);
            }
        }

        return new X509Extension(Oid, writer.Encode(), critical);
    }
}
