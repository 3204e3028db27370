// Registered names of metadata that this server knows and can't do. Whoever asks for one is refused rather than registered
// without it, for it would count on it. Names that nobody knows are ignored (RFC 7591 §2: “The authorization server MUST
// ignore any client metadata sent by the client that it does not understand”).

/** Each name, with the values that ask for nothing and so may be sent. */
export const unsupported: Readonly<Record<string, readonly unknown[]>> = {
  request_object_encryption_alg: [],
  request_object_encryption_enc: [],
  backchannel_user_code_parameter: [false],
}
