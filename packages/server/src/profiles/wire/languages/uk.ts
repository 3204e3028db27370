// The sentences in Ukrainian.
import type { Catalogue } from '../words.ts'

export const uk: Catalogue = {
  'No active account found with the given credentials': 'Немає активного облікового запису з наданими даними',
  'No active account found for the given token.': 'Для цього токена немає активного облікового запису.',
  "The user's password has been changed.": 'Пароль користувача було змінено.',
  'Token is invalid': 'Токен недійсний',
  'Token is expired': 'Термін дії токена закінчився',
  'Token is invalid or expired': 'Токен недійсний або прострочений',
  'Token is blacklisted': 'Токен заблоковано',
  'Token has wrong type': 'Токен неправильного типу',
  'Token has no type': 'У токені не вказано тип',
  'Token has no id': 'Токен не має ідентифікатора',
  "Token has no '{claim}' claim": 'У токені немає поля «{claim}»',
  "Token '{claim}' claim has expired": 'Термін поля «{claim}» токена закінчився',
  'Token contained no recognizable user identification': 'Токен не вказує на жодного користувача',
  'Given token not valid for any token type': 'Наданий токен не підходить для жодного типу токенів',
  'Authorization header must contain two space-delimited values':
    'Заголовок авторизації має містити два значення, розділені пробілом',
  'User not found': 'Користувача не знайдено',
  'User is inactive': 'Користувач неактивний',
  'Authentication credentials were not provided.': 'Облікові дані не надано.',
  'You do not have permission to perform this action.': 'Ви не маєте дозволу на цю дію.',
  'Not found.': 'Не знайдено.',
  'This field is required.': 'Це поле обов’язкове.',
  'This field may not be blank.': 'Це поле не може бути порожнім.',
  'This field may not be null.': 'Це поле не може бути null.',
  'Not a valid string.': 'Це не рядок.',
  'Null characters are not allowed.': 'Нульові символи не дозволені.',
  'Enter a valid email address.': 'Введіть правильну адресу електронної пошти.',
  'Ensure this field has no more than {max_length} characters.':
    'У цьому полі може бути щонайбільше {max_length} символів.',
  'Invalid data. Expected a dictionary, but got {datatype}.':
    'Неправильні дані. Очікувався словник, отримано: {datatype}.',
  'Unsupported media type "{media_type}" in request.': 'Тип вмісту «{media_type}» у запиті не підтримується.',
  'Method "{method}" not allowed.': 'Метод «{method}» не дозволено.',
  'Could not satisfy the request Accept header.': 'Неможливо виконати заголовок Accept запиту.',
  'Request was throttled. Expected available in {wait} second.':
    'Забагато запитів. Спробуйте знову через {wait} с.',
  'Request was throttled. Expected available in {wait} seconds.':
    'Забагато запитів. Спробуйте знову через {wait} с.',
  'Service temporarily unavailable, try again later.': 'Сервіс тимчасово недоступний, спробуйте пізніше.',
}
