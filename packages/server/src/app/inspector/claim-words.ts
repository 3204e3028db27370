// What the members of claims and headers mean, in plain words (RFC 7515 §4.1, RFC 7516 §4.1, RFC 7519 §4.1, RFC 7800 §3,
// RFC 8176 §2, RFC 8693 §4, RFC 9068 §2.2, OpenID Connect Core §2 and §5.1).

/** A member’s name for people, and what it says. */
export interface Words {
  readonly title: string
  readonly words: string
}

const row = (name: string, title: string, words: string) => [name, { title, words }] as const

/** By claim name. */
export const claimWords: ReadonlyMap<string, Words> = new Map([
  row(
    'iss',
    'Issuer',
    'Who made the token. Whoever receives it compares this with the one issuer that it trusts.',
  ),
  row('sub', 'Subject', 'Whom the token is about: the issuer’s own name for a person or a program.'),
  row('aud', 'Audience', 'Whom the token is for. Anybody else has to refuse it.'),
  row('exp', 'Expires', 'From this moment on the token is refused.'),
  row('nbf', 'Not before', 'Until this moment the token is refused.'),
  row('iat', 'Issued', 'When the token was made.'),
  row('jti', 'Token id', 'Names this one token, so that it can be noticed when it comes a second time.'),
  row('client_id', 'Client', 'The application that the token was given to.'),
  row(
    'azp',
    'Authorized party',
    'The application that the token was given to, where that is not its audience.',
  ),
  row('scope', 'Scope', 'What the application may do, in words that the API defines.'),
  row('scp', 'Scope', 'What the application may do, as some issuers spell it. Countersign writes scope.'),
  row(
    'auth_time',
    'Signed in',
    'When the person last proved who they are, which may be long before the token was made.',
  ),
  row(
    'acr',
    'Assurance',
    'How sure the issuer is that this is the person, as a level that both sides have agreed on.',
  ),
  row('amr', 'Methods', 'How the person proved who they are.'),
  row('sid', 'Session', 'The person’s session at the issuer. When it ends, so do the tokens that name it.'),
  row(
    'fam',
    'Family',
    'Countersign’s own: names all tokens of one authorization, which are revoked together.',
  ),
  row(
    'via',
    'Came through',
    'Countersign’s own: the applications that the token was exchanged by before. It ends when one of them does.',
  ),
  row(
    'nonce',
    'Nonce',
    'A random value that the application sent along, to know the answer to its own request.',
  ),
  row('at_hash', 'Access token hash', 'Ties this ID token to the access token that came with it.'),
  row('c_hash', 'Code hash', 'Ties this ID token to the authorization code that came with it.'),
  row('s_hash', 'State hash', 'Ties this ID token to the state of the request.'),
  row(
    'cnf',
    'Bound to a key',
    'Only whoever holds this key may use the token: stolen, it is worth nothing by itself.',
  ),
  row('act', 'Acting party', 'Who acts on behalf of the subject.'),
  row('may_act', 'May act', 'Who may act on behalf of the subject.'),
  row('roles', 'Roles', 'The roles that the subject has.'),
  row('groups', 'Groups', 'The groups that the subject belongs to.'),
  row('entitlements', 'Entitlements', 'What the subject may do.'),
  row('permissions', 'Permissions', 'What the subject may do, as some issuers spell it.'),
  row(
    'authorization_details',
    'Authorization details',
    'What exactly was allowed, such as one payment of one amount.',
  ),
  row('token_type', 'Token type', 'Countersign writes “refresh” here, to mark what is no access token.'),
  row('events', 'Events', 'What happened, by the address of the event’s definition.'),
  row('toe', 'Time of event', 'When it happened.'),
  row('txn', 'Transaction', 'Names the occasion that several tokens and events belong to.'),
  row('sub_id', 'Subject identifier', 'Whom the event is about.'),
  row(
    'token_introspection',
    'Introspection',
    'What the server answered when it was asked about another token.',
  ),
  row('message', 'Message', 'What one partner tells the other.'),
  row('htm', 'Method', 'The HTTP method of the one request that this proof is made for.'),
  row('htu', 'Address', 'The address of the one request that this proof is made for.'),
  row('ath', 'Access token hash', 'Ties this proof to the access token that is sent with it.'),
  row(
    'response_type',
    'Response type',
    'A parameter of the authorization request: what the application asks for.',
  ),
  row('redirect_uri', 'Redirect address', 'A parameter of the authorization request: where the answer goes.'),
  row('state', 'State', 'A parameter of the authorization request: comes back with the answer.'),
  row(
    'code_challenge',
    'Code challenge',
    'A parameter of the authorization request: ties the code to whoever asked (PKCE).',
  ),
  row(
    'code_challenge_method',
    'Code challenge method',
    'A parameter of the authorization request: how the challenge was made.',
  ),
  row('vc', 'Verifiable credential', 'Statements about the subject that can be shown to others.'),
  row('name', 'Name', 'The person’s full name, as it is shown.'),
  row('given_name', 'Given name', 'The person’s first name or names.'),
  row('family_name', 'Family name', 'The person’s surname or surnames.'),
  row('middle_name', 'Middle name', 'The person’s middle name or names.'),
  row('nickname', 'Nickname', 'What the person is called.'),
  row(
    'preferred_username',
    'User name',
    'What the person likes to be called by; it may change, so nothing may depend on it.',
  ),
  row('profile', 'Profile page', 'Address of a page about the person.'),
  row('picture', 'Picture', 'Address of a picture of the person.'),
  row('website', 'Website', 'Address of the person’s own page.'),
  row('email', 'E-mail', 'The person’s e-mail address. Worth something only if it is verified.'),
  row(
    'email_verified',
    'E-mail verified',
    'Whether the issuer has made sure that the address is the person’s.',
  ),
  row('phone_number', 'Telephone', 'The person’s telephone number.'),
  row(
    'phone_number_verified',
    'Telephone verified',
    'Whether the issuer has made sure that the number is the person’s.',
  ),
  row('address', 'Address', 'The person’s postal address.'),
  row('gender', 'Gender', 'The person’s gender.'),
  row('birthdate', 'Date of birth', 'The person’s birthday, as year, month and day.'),
  row('zoneinfo', 'Time zone', 'The person’s time zone.'),
  row('locale', 'Language', 'The language and region that the person prefers.'),
  row('updated_at', 'Updated', 'When the person’s details last changed.'),
  row('tid', 'Tenant', 'The organization at Microsoft Entra that the person belongs to.'),
  row('oid', 'Object id', 'Microsoft Entra’s name for the person.'),
  row('hd', 'Hosted domain', 'The Google Workspace domain that the person belongs to.'),
  row('org_id', 'Organization', 'The organization that the person acts for.'),
])

/** By header name. */
export const headerWords: ReadonlyMap<string, Words> = new Map([
  row(
    'alg',
    'Algorithm',
    'How the token is signed or its key encrypted. A receiver compares it with what its key is for, and never takes it as advice.',
  ),
  row('typ', 'Type', 'Which kind of token this is, so that none passes for another.'),
  row('kid', 'Key id', 'Which of the issuer’s keys was used.'),
  row('cty', 'Content type', 'What is inside. “JWT” stands for a signed token that was then encrypted.'),
  row('enc', 'Cipher', 'How the content is encrypted.'),
  row('epk', 'Sender’s key', 'The sender’s half of the agreement on a key; good for this one token.'),
  row('apu', 'Sender', 'The sender’s name in the agreement on a key.'),
  row('apv', 'Recipient', 'The recipient’s name in the agreement on a key.'),
  row(
    'zip',
    'Compressed',
    'The content was compressed before it was encrypted. Countersign refuses that: it leaks, and it can be a bomb.',
  ),
  row(
    'crit',
    'Critical',
    'Extensions that a receiver must understand or refuse the token. Countersign understands none.',
  ),
  row('b64', 'Unencoded payload', 'The payload is not base64url. Countersign takes no such token.'),
  row(
    'jwk',
    'A key that is brought along',
    'Whoever made the token can put any key here. Ignored, except in a DPoP proof.',
  ),
  row(
    'jku',
    'Address of keys',
    'Whoever made the token can put any address here. Ignored: no key is fetched from it.',
  ),
  row(
    'x5u',
    'Address of a certificate',
    'Whoever made the token can put any address here. Ignored: nothing is fetched from it.',
  ),
  row('x5c', 'Certificates', 'Whoever made the token can put any certificate here. Ignored.'),
  row('x5t', 'Certificate thumbprint', 'Names a certificate by its SHA-1. Ignored.'),
  row('x5t#S256', 'Certificate thumbprint', 'Names a certificate by its SHA-256. Ignored.'),
  row('p2s', 'Password salt', 'The key was made from a password. Countersign refuses that.'),
  row('p2c', 'Password iterations', 'How much work the receiver is made to do. Countersign refuses that.'),
  row('iv', 'Key wrap vector', 'Belongs to a key wrap that Countersign does not speak.'),
  row('tag', 'Key wrap tag', 'Belongs to a key wrap that Countersign does not speak.'),
])

/** Ways of proving who one is, by the names of RFC 8176 §2. */
export const methodWords: ReadonlyMap<string, string> = new Map([
  ['pwd', 'password'],
  ['otp', 'one-time code'],
  ['mfa', 'more than one factor'],
  ['hwk', 'a key in hardware'],
  ['swk', 'a key in software'],
  ['pop', 'proof of a key'],
  ['sms', 'code by text message'],
  ['tel', 'telephone call'],
  ['pin', 'PIN'],
  ['user', 'user was present'],
  ['fpt', 'fingerprint'],
  ['face', 'face'],
  ['iris', 'iris'],
  ['retina', 'retina'],
  ['vbm', 'voice'],
  ['geo', 'place'],
  ['kba', 'knowledge of personal facts'],
  ['mca', 'several channels'],
  ['rba', 'assessed risk'],
  ['sc', 'smart card'],
  ['wia', 'Windows sign-in'],
])

/** Ways of binding a token to a key, by the members of `cnf`. */
export const bindingWords: ReadonlyMap<string, string> = new Map([
  ['jkt', 'a DPoP key, by its thumbprint'],
  ['x5t#S256', 'a client certificate, by its thumbprint'],
  ['jwk', 'the key itself'],
  ['kid', 'a key by its id'],
  ['jku', 'keys at an address'],
  ['jwe', 'an encrypted key'],
])
