// A signed SAML 2.0 assertion (SAML Core §2.3, §5; XML Signature §4; Exclusive XML Canonicalization §3), made for
// comparison alone (`countersign jwt compare`): the server issues none and takes none.
//
// It is written in its canonical form from the start: every namespace is declared where it is first used, attributes are
// in their order, and characters are escaped as the canonical form escapes them. So what is digested is what is sent, and
// no canonicalizer is needed.
import { createHash, type KeyObject, sign } from 'node:crypto'

const assertionSpace = 'urn:oasis:names:tc:SAML:2.0:assertion'
const signatureSpace = 'http://www.w3.org/2000/09/xmldsig#'
const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const enveloped = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'
const rsaSha256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'
const sha256 = 'http://www.w3.org/2001/04/xmlenc#sha256'

/** An assertion, and what of the claims it could not carry as they are. */
export interface Saml {
  readonly token: string
  readonly losses: readonly string[]
}

/** Claims hold a character that no XML document may hold (XML 1.0 §2.2). */
export class NotXml extends Error {
  override readonly name = 'NotXml'
}

/** What signs, and the name by which the receiver finds its public half. */
export interface SamlSigner {
  readonly privateKey: KeyObject
  readonly keyName: string
}

/**
 * An assertion of the claims, with an enveloped RSA-SHA256 signature.
 *
 * @param now seconds since the epoch: when it is issued, where the claims don't say
 * @throws NotXml
 */
export function makeSaml(claims: Readonly<Record<string, unknown>>, signer: SamlSigner, now: number): Saml {
  const { iss, jti, iat } = claims
  const id = idOf(jti, claims)
  const start = element('saml:Assertion', {
    'xmlns:saml': assertionSpace,
    ID: id,
    IssueInstant: instant(iat ?? now),
    Version: '2.0',
  })
  const issuer = `${element('saml:Issuer')}${text(iss ?? '')}</saml:Issuer>`
  const { xml, losses } = body(claims, iat ?? now)
  const end = '</saml:Assertion>'
  const digested = createHash('sha256').update(`${start}${issuer}${xml}${end}`).digest('base64')
  return { token: `${start}${issuer}${signature(id, digested, signer)}${xml}${end}`, losses }
}

/** An xs:ID (SAML Core §1.3.4): the token's own identifier where it can be one. */
function idOf(jti: unknown, claims: Readonly<Record<string, unknown>>): string {
  if (typeof jti === 'string' && /^[A-Za-z_][\w.-]*$/.test(jti)) return jti
  return `_${createHash('sha256').update(JSON.stringify(claims)).digest('hex').slice(0, 32)}`
}

/** In the order of the schema, which puts the signature before it. */
function body(
  claims: Readonly<Record<string, unknown>>,
  issued: unknown,
): {
  readonly xml: string
  readonly losses: string[]
} {
  const { iss: _iss, jti: _jti, iat: _iat, sub, aud, exp, nbf, auth_time: signedIn, acr, ...others } = claims
  const losses: string[] = []
  const parts = [
    sub === undefined ? '' : `<saml:Subject><saml:NameID>${text(sub)}</saml:NameID></saml:Subject>`,
    conditions(aud, nbf, exp),
    authentication(signedIn, acr, issued),
    attributes(others, losses),
  ]
  return { xml: parts.join(''), losses }
}

function conditions(aud: unknown, nbf: unknown, exp: unknown): string {
  const times = {
    ...(nbf === undefined ? {} : { NotBefore: instant(nbf) }),
    ...(exp === undefined ? {} : { NotOnOrAfter: instant(exp) }),
  }
  const audiences = (Array.isArray(aud) ? aud : [aud])
    .filter((one) => one !== undefined)
    .map((one) => `<saml:Audience>${text(one)}</saml:Audience>`)
  const restriction =
    audiences.length === 0 ? '' : `<saml:AudienceRestriction>${audiences.join('')}</saml:AudienceRestriction>`
  if (restriction === '' && Object.keys(times).length === 0) return ''
  return `${element('saml:Conditions', times)}${restriction}</saml:Conditions>`
}

function authentication(signedIn: unknown, acr: unknown, issued: unknown): string {
  if (signedIn === undefined && acr === undefined) return ''
  // SAML Core §2.7.2 requires a time of authentication.
  const at = { AuthnInstant: instant(signedIn ?? issued) }
  const reference = text(acr ?? 'urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified')
  const context = `<saml:AuthnContext><saml:AuthnContextClassRef>${reference}</saml:AuthnContextClassRef></saml:AuthnContext>`
  return `${element('saml:AuthnStatement', at)}${context}</saml:AuthnStatement>`
}

function attributes(others: Readonly<Record<string, unknown>>, losses: string[]): string {
  const rows = Object.entries(others).map(([name, value]) => {
    const values = Array.isArray(value) ? value : [value]
    if (values.some((one) => typeof one === 'object' && one !== null)) losses.push(name)
    const written = values.map((one) => `<saml:AttributeValue>${text(one)}</saml:AttributeValue>`).join('')
    return `${element('saml:Attribute', { Name: name })}${written}</saml:Attribute>`
  })
  return rows.length === 0 ? '' : `<saml:AttributeStatement>${rows.join('')}</saml:AttributeStatement>`
}

function signature(id: string, digested: string, { privateKey, keyName }: SamlSigner): string {
  const reference = [
    element('ds:Reference', { URI: `#${id}` }),
    '<ds:Transforms>',
    algorithm('ds:Transform', enveloped),
    algorithm('ds:Transform', exclusive),
    '</ds:Transforms>',
    algorithm('ds:DigestMethod', sha256),
    `<ds:DigestValue>${digested}</ds:DigestValue></ds:Reference>`,
  ]
  const inside = [
    algorithm('ds:CanonicalizationMethod', exclusive),
    algorithm('ds:SignatureMethod', rsaSha256),
    ...reference,
    '</ds:SignedInfo>',
  ].join('')
  // Canonicalized by itself it declares its namespace; where it stands, its parent does.
  const signed = `${element('ds:SignedInfo', { 'xmlns:ds': signatureSpace })}${inside}`
  const value = sign('sha256', Buffer.from(signed), privateKey).toString('base64')
  const keyInfo = `<ds:KeyInfo><ds:KeyName>${text(keyName)}</ds:KeyName></ds:KeyInfo>`
  return `${element('ds:Signature', { 'xmlns:ds': signatureSpace })}<ds:SignedInfo>${inside}<ds:SignatureValue>${value}</ds:SignatureValue>${keyInfo}</ds:Signature>`
}

function algorithm(name: string, uri: string): string {
  return `${element(name, { Algorithm: uri })}</${name}>`
}

/** A start tag. INVARIANT: attributes are given in canonical order: namespaces first, then by name. */
function element(name: string, given: Readonly<Record<string, string>> = {}): string {
  const written = Object.entries(given).map(([attribute, value]) => ` ${attribute}="${quoted(value)}"`)
  return `<${name}${written.join('')}>`
}

/** xs:dateTime in UTC (SAML Core §1.3.3). */
function instant(seconds: unknown): string {
  const at = new Date(Number(seconds) * 1000)
  if (Number.isNaN(at.getTime())) throw new NotXml('A time is beyond any calendar.')
  return at.toISOString().replace('.000Z', 'Z')
}

/** Canonical XML §2.3: what is escaped in text. */
function text(value: unknown): string {
  return checked(value).replace(/[&<>\r]/g, (character) => entities[character] ?? '')
}

/** Canonical XML §2.3: what is escaped in an attribute. */
function quoted(value: unknown): string {
  return checked(value).replace(/[&<"\t\n\r]/g, (character) => entities[character] ?? '')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
}

function checked(value: unknown): string {
  const written = typeof value === 'string' ? value : JSON.stringify(value)
  if (/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u.test(written)) {
    throw new NotXml('The claims hold a character that no XML document may hold.')
  }
  return written
}
