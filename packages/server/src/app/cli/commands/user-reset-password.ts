// `countersign user reset-password`: has a person choose a new password. Who runs it neither sees nor sets one (PW-26).
import { Command } from 'commander'
import { credentialOfUser } from '../../../accounts/credentials/passwords.store.ts'
import { proofSeconds } from '../../../accounts/proofs/proofs.ts'
import { type Started, startReset } from '../../../accounts/recovery/request-reset.ts'
import { spanWords } from '../../../platform/html/words.ts'
import { CommandFailed, withPlatform } from '../context.ts'
import { bold, green, yellow } from '../terminal.ts'
import { userNamed } from '../user-named.ts'

export function resetPasswordCommand(): Command {
  return new Command('reset-password')
    .description('mail a link with which a user chooses a new password; nothing changes before they do')
    .argument('<who>', 'e-mail address, user name or id')
    .option('--show-link', 'print the link here instead, once, to be handed over by you')
    .action(resetPassword)
}

async function resetPassword(
  who: string,
  options: { readonly showLink?: boolean },
  command: Command,
): Promise<void> {
  await withPlatform(command, async ({ platform, terminal }) => {
    const user = await userNamed(platform, who)
    const owner = await credentialOfUser(platform.database, user.id)
    if (owner === null) throw new CommandFailed(`There is no user ${who}.`)
    const started = await startReset(platform, {}, owner, options.showLink === true ? 'link' : 'mail')
    if (started.kind === 'refused') throw new CommandFailed('No link was made.', [findingOf(started)])
    const seconds = proofSeconds['password.reset']
    const works = `It works once, for ${spanWords(seconds)}; any earlier link no longer does.`
    if (started.kind === 'mailed') {
      terminal.show({ id: user.id, mailedTo: started.address, seconds }, [
        `${green('queued')} a letter to ${bold(started.address)}; a running server carries it. ${works}`,
      ])
    } else {
      terminal.show({ id: user.id, link: started.link, seconds }, [
        started.link,
        `${yellow('Whoever has this link')} can set the password of ${user.name}. ${works}`,
      ])
    }
  })
}

function findingOf({ because }: Extract<Started, { readonly kind: 'refused' }>) {
  const showLink = 'Or hand a link over yourself: --show-link.'
  const messages = {
    'mail closed': `This server sends no mail: set SMTP_URL. ${showLink}`,
    'no address': `The user has no e-mail address. ${showLink}`,
    'not confirmed': `Nobody has confirmed the user’s address, and something else than a password opens or guards the account. ${showLink}`,
    disabled: 'The user is disabled: countersign user enable.',
  } as const
  return { path: 'user', code: because.replace(' ', '_'), message: messages[because] }
}
