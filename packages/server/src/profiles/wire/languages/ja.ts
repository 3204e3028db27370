// The sentences in Japanese.
import type { Catalogue } from '../words.ts'

export const ja: Catalogue = {
  'No active account found with the given credentials':
    '入力された認証情報に一致する有効なアカウントがありません',
  'No active account found for the given token.': 'このトークンに対応する有効なアカウントがありません。',
  "The user's password has been changed.": 'ユーザーのパスワードが変更されました。',
  'Token is invalid': 'トークンが無効です',
  'Token is expired': 'トークンの有効期限が切れています',
  'Token is invalid or expired': 'トークンが無効か、有効期限が切れています',
  'Token is blacklisted': 'トークンは失効しています',
  'Token has wrong type': 'トークンの種類が違います',
  'Token has no type': 'トークンに種類がありません',
  'Token has no id': 'トークンに識別子がありません',
  "Token has no '{claim}' claim": 'トークンに「{claim}」がありません',
  "Token '{claim}' claim has expired": 'トークンの「{claim}」の期限が切れています',
  'Token contained no recognizable user identification': 'トークンからユーザーを特定できません',
  'Given token not valid for any token type': 'このトークンはどの種類のトークンとしても有効ではありません',
  'Authorization header must contain two space-delimited values':
    'Authorization ヘッダーには空白で区切られた二つの値が必要です',
  'User not found': 'ユーザーが見つかりません',
  'User is inactive': 'ユーザーは無効です',
  'Authentication credentials were not provided.': '認証情報が送信されていません。',
  'You do not have permission to perform this action.': 'この操作を行う権限がありません。',
  'Not found.': '見つかりません。',
  'This field is required.': 'この項目は必須です。',
  'This field may not be blank.': 'この項目は空にできません。',
  'This field may not be null.': 'この項目は null にできません。',
  'Not a valid string.': '正しい文字列ではありません。',
  'Null characters are not allowed.': 'ヌル文字は使えません。',
  'Enter a valid email address.': '正しいメールアドレスを入力してください。',
  'Ensure this field has no more than {max_length} characters.':
    'この項目は {max_length} 文字以内で入力してください。',
  'Invalid data. Expected a dictionary, but got {datatype}.':
    'データが正しくありません。辞書が必要ですが、{datatype} が送られました。',
  'Unsupported media type "{media_type}" in request.':
    'リクエストのメディアタイプ「{media_type}」には対応していません。',
  'Method "{method}" not allowed.': 'メソッド「{method}」は許可されていません。',
  'Could not satisfy the request Accept header.': 'リクエストの Accept ヘッダーに応じられません。',
  'Request was throttled. Expected available in {wait} second.':
    'リクエストが多すぎます。{wait} 秒後にもう一度お試しください。',
  'Request was throttled. Expected available in {wait} seconds.':
    'リクエストが多すぎます。{wait} 秒後にもう一度お試しください。',
  'Service temporarily unavailable, try again later.':
    'サービスは一時的に利用できません。後でもう一度お試しください。',
}
