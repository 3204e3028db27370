// Registered names of metadata that this server knows and can't do. Whoever asks for one is refused rather than registered
// without it, for it would count on it. Names that nobody knows are ignored (RFC 7591 §2: “The authorization server MUST
// ignore any client metadata sent by the client that it does not understand”).

/** Each name, with the values that ask for nothing and so may be sent. */
export const unsupported: Readonly<Record<string, readonly unknown[]>> = {
  request_object_encryption_alg: [],
  request_object_encryption_enc: [],
  tls_client_auth_subject_dn: [],
  tls_client_auth_san_dns: [],
  tls_client_auth_san_uri: [],
  tls_client_auth_san_ip: [],
  tls_client_auth_san_email: [],
  tls_client_certificate_bound_access_tokens: [false],
  backchannel_token_delivery_mode: [],
  backchannel_client_notification_endpoint: [],
  backchannel_authentication_request_signing_alg: [],
  backchannel_user_code_parameter: [false],
  authorization_details_types: [],
}
