// The sentences in Russian.
import type { Catalogue } from '../words.ts'

export const ru: Catalogue = {
  'No active account found with the given credentials': 'Нет активной учётной записи с указанными данными',
  'No active account found for the given token.': 'Для этого токена нет активной учётной записи.',
  "The user's password has been changed.": 'Пароль пользователя был изменён.',
  'Token is invalid': 'Токен недействителен',
  'Token is expired': 'Срок действия токена истёк',
  'Token is invalid or expired': 'Токен недействителен или просрочен',
  'Token is blacklisted': 'Токен заблокирован',
  'Token has wrong type': 'Токен неверного типа',
  'Token has no type': 'В токене не указан тип',
  'Token has no id': 'В токене нет идентификатора',
  "Token has no '{claim}' claim": 'В токене нет поля «{claim}»',
  "Token '{claim}' claim has expired": 'Срок поля «{claim}» токена истёк',
  'Token contained no recognizable user identification': 'Токен не указывает ни на одного пользователя',
  'Given token not valid for any token type': 'Указанный токен не подходит ни для одного типа токенов',
  'Authorization header must contain two space-delimited values':
    'Заголовок авторизации должен содержать два значения, разделённых пробелом',
  'User not found': 'Пользователь не найден',
  'User is inactive': 'Пользователь неактивен',
  'Authentication credentials were not provided.': 'Учётные данные не были предоставлены.',
  'You do not have permission to perform this action.': 'У вас нет прав на это действие.',
  'Not found.': 'Не найдено.',
  'This field is required.': 'Это поле обязательно.',
  'This field may not be blank.': 'Это поле не может быть пустым.',
  'This field may not be null.': 'Это поле не может быть null.',
  'Not a valid string.': 'Это не строка.',
  'Null characters are not allowed.': 'Нулевые символы не допускаются.',
  'Enter a valid email address.': 'Введите правильный адрес электронной почты.',
  'Ensure this field has no more than {max_length} characters.':
    'В этом поле может быть не больше {max_length} символов.',
  'Invalid data. Expected a dictionary, but got {datatype}.':
    'Неверные данные. Ожидался словарь, получено: {datatype}.',
  'Unsupported media type "{media_type}" in request.':
    'Тип содержимого «{media_type}» в запросе не поддерживается.',
  'Method "{method}" not allowed.': 'Метод «{method}» не разрешён.',
  'Could not satisfy the request Accept header.': 'Невозможно выполнить заголовок Accept запроса.',
  'Request was throttled. Expected available in {wait} second.':
    'Слишком много запросов. Повторите через {wait} с.',
  'Request was throttled. Expected available in {wait} seconds.':
    'Слишком много запросов. Повторите через {wait} с.',
  'Service temporarily unavailable, try again later.': 'Сервис временно недоступен, повторите попытку позже.',
}
