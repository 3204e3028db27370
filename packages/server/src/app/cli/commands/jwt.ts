// `countersign jwt`: make tokens, look into them and check them, with or without a server. Each verb's own file is loaded
// when it is called: a server that starts pays nothing for them.
import { jwsAlgorithms } from '@countersign/protocol'
import { contentEncryptions, keyManagement } from '@countersign/protocol/jwe'
import { Command, Option } from 'commander'
import { addressedKinds } from '../jwt/kinds.ts'

const tokenArgument = [
  '[file]',
  'a file that holds the token; without one, or with -, standard input',
] as const
const signatures = Object.keys(jwsAlgorithms)
const encryptions = Object.keys(keyManagement)

/** The command with its verbs. */
export function jwtCommand(): Command {
  const verbs = [
    decodeCommand(),
    verifyCommand(),
    signCommand(),
    keygenCommand(),
    sizeCommand(),
    lintCommand(),
    compareCommand(),
    inspectCommand(),
  ]
  const jwt = new Command('jwt').description('make JSON Web Tokens and keys, look into tokens, check them')
  for (const verb of verbs) jwt.addCommand(verb)
  return jwt
}

function decodeCommand(): Command {
  return new Command('decode')
    .description('show what a token says, without checking a word of it')
    .argument(...tokenArgument)
    .action(async (file: string | undefined, _options, command: Command) =>
      (await import('./jwt-decode.ts')).decode(file, command),
    )
}

function verifyCommand(): Command {
  return new Command('verify')
    .description('hold a token against a key and everything else; exit code 1 when it is refused')
    .argument(...tokenArgument)
    .option('--jwks <source>', 'a JWK Set: its https address, or a file')
    .option('--key <file>', 'one key: a JWK, or PEM with --alg')
    .addOption(new Option('--alg <alg>', 'the algorithm of a key that does not say it').choices(signatures))
    .option('--issuer <issuer>', 'who must have made it; without a key, its published keys are used')
    .option('--audience <audience>', 'whom it must be for')
    .addOption(new Option('--kind <kind>', 'what it must be').choices(addressedKinds).default('access'))
    .option('--decrypt-with <file>', 'the private key that opens an encrypted token')
    .option('--partner <name>', 'a partner of the configuration: its message to us, taken once')
    .action(async (file: string | undefined, options, command: Command) =>
      (await import('./jwt-verify.ts')).verify(file, options, command),
    )
}

function signCommand(): Command {
  return new Command('sign')
    .description('sign claims as a token of one kind; iat, exp and jti are added where they belong')
    .argument('[file]', 'a file with the claims as JSON; without one, or with -, standard input')
    .option('--key <file>', 'the private key: a JWK, or PEM with --alg')
    .addOption(new Option('--alg <alg>', 'the algorithm of a key that does not say it').choices(signatures))
    .addOption(new Option('--kind <kind>', 'what it is to be').choices(addressedKinds).default('access'))
    .option('--lifetime <time>', 'how long it is good for: seconds, or such as 5m, 2h', '5m')
    .option('--encrypt-to <file>', 'the receiver’s public key: it is encrypted after signing')
    .option('--partner <name>', 'a partner of the configuration: the input is any JSON, and its message')
    .action(async (file: string | undefined, options, command: Command) =>
      (await import('./jwt-sign.ts')).sign(file, options, command),
    )
}

function keygenCommand(): Command {
  return new Command('keygen')
    .description('make a key as a JWK')
    .addOption(
      new Option('--alg <alg>', 'what it is for').choices([...signatures, ...encryptions]).default('ES256'),
    )
    .addOption(
      new Option('--crv <curve>', 'the curve, where the algorithm leaves a choice').choices([
        'Ed25519',
        'Ed448',
        'P-256',
        'P-384',
        'P-521',
        'X25519',
      ]),
    )
    .addOption(new Option('--bits <bits>', 'of an RSA key').choices(['2048', '3072', '4096']).default('2048'))
    .addOption(
      new Option('--enc <enc>', 'the cipher of a key for dir').choices(Object.keys(contentEncryptions)),
    )
    .option('--kid <kid>', 'its name; its thumbprint when left out')
    .option('--out <file>', 'write it there, readable by you alone, and print its public part')
    .option('--public <file>', 'make none: print the public part of the key in a file (- for standard input)')
    .option('--jwks', 'print the public part as a JWK Set, ready to publish')
    .option('--pem', 'write PEM instead of a JWK')
    .action(async (options, command: Command) => (await import('./jwt-keygen.ts')).keygen(options, command))
}

function sizeCommand(): Command {
  return new Command('size')
    .description('what each claim costs; exit code 1 past 7.5 kB, beyond which none is minted')
    .argument(
      '[file]',
      'a file that holds a token, or claims as JSON; without one, or with -, standard input',
    )
    .addOption(
      new Option('--alg <alg>', 'what claims would be signed with').choices(signatures).default('ES256'),
    )
    .action(async (file: string | undefined, options, command: Command) =>
      (await import('./jwt-size.ts')).size(file, options, command),
    )
}

function lintCommand(): Command {
  return new Command('lint')
    .description('what is unwise in a token; exit code 1 when something is an error')
    .argument(
      '[file]',
      'a file that holds a token, or claims as JSON; without one, or with -, standard input',
    )
    .option('--strict', 'warnings count as errors')
    .action(async (file: string | undefined, options, command: Command) =>
      (await import('./jwt-lint.ts')).lintToken(file, options, command),
    )
}

function compareCommand(): Command {
  return new Command('compare')
    .description('the same claims as JWT, SWT and SAML, made with keys that are thrown away')
    .argument(
      '[file]',
      'a file that holds a token, or claims as JSON; without one, or with -, standard input',
    )
    .option('--example', 'compare claims of our own')
    .option('--show <name>', 'print one of them whole, as named in the table')
    .action(async (file: string | undefined, options, command: Command) =>
      (await import('./jwt-compare.ts')).compare(file, options, command),
    )
}

function inspectCommand(): Command {
  return new Command('inspect')
    .description('write the token inspector: one HTML file, which sends nothing anywhere')
    .option('--out <file>', 'where', 'token-inspector.html')
    .action(async (options: { out: string }, command: Command) =>
      (await import('./jwt-inspect.ts')).writeInspector(options, command),
    )
}
