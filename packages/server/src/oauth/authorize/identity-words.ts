/** What each scope about a person gives away (OpenID Connect Core §5.4, §11), in words for them. */
export const identityWords: ReadonlyMap<string, readonly [title: string, detail: string]> = new Map([
  ['openid', ['Know that it’s you', 'The identifier of your account here']],
  ['profile', ['See your profile', 'Name, user name, picture, birthday, language and the like']],
  ['email', ['See your e-mail address', 'And whether it is confirmed']],
  ['address', ['See your postal address', '']],
  ['phone', ['See your phone number', 'And whether it is confirmed']],
  ['roles', ['See your roles', 'What you are in applications here, such as an administrator']],
  [
    'offline_access',
    ['Keep access while you are away', 'Also when you are not using it, until you sign out'],
  ],
])
