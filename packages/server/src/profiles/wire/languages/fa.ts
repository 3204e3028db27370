// The sentences in Persian.
import type { Catalogue } from '../words.ts'

export const fa: Catalogue = {
  'No active account found with the given credentials': 'هیچ حساب فعالی با اطلاعات واردشده پیدا نشد',
  'No active account found for the given token.': 'هیچ حساب فعالی برای این توکن پیدا نشد.',
  "The user's password has been changed.": 'گذرواژهٔ کاربر تغییر کرده است.',
  'Token is invalid': 'توکن نامعتبر است',
  'Token is expired': 'توکن منقضی شده است',
  'Token is invalid or expired': 'توکن نامعتبر یا منقضی است',
  'Token is blacklisted': 'توکن مسدود شده است',
  'Token has wrong type': 'نوع توکن نادرست است',
  'Token has no type': 'توکن نوع خود را مشخص نمی‌کند',
  'Token has no id': 'توکن شناسه ندارد',
  "Token has no '{claim}' claim": 'توکن فاقد «{claim}» است',
  "Token '{claim}' claim has expired": '«{claim}» توکن منقضی شده است',
  'Token contained no recognizable user identification': 'توکن هیچ کاربری را مشخص نمی‌کند',
  'Given token not valid for any token type': 'این توکن برای هیچ نوع توکنی معتبر نیست',
  'Authorization header must contain two space-delimited values':
    'سرآیند احراز هویت باید شامل دو مقدار جداشده با فاصله باشد',
  'User not found': 'کاربر پیدا نشد',
  'User is inactive': 'کاربر غیرفعال است',
  'Authentication credentials were not provided.': 'اطلاعات ورود ارسال نشده است.',
  'You do not have permission to perform this action.': 'شما اجازهٔ این کار را ندارید.',
  'Not found.': 'پیدا نشد.',
  'This field is required.': 'این فیلد الزامی است.',
  'This field may not be blank.': 'این فیلد نمی‌تواند خالی باشد.',
  'This field may not be null.': 'این فیلد نمی‌تواند null باشد.',
  'Not a valid string.': 'متن معتبری نیست.',
  'Null characters are not allowed.': 'نویسهٔ تهی (null) مجاز نیست.',
  'Enter a valid email address.': 'یک نشانی ایمیل معتبر وارد کنید.',
  'Ensure this field has no more than {max_length} characters.':
    'این فیلد نباید بیش از {max_length} نویسه داشته باشد.',
  'Invalid data. Expected a dictionary, but got {datatype}.':
    'دادهٔ نامعتبر. یک دیکشنری انتظار می‌رفت، اما {datatype} دریافت شد.',
  'Unsupported media type "{media_type}" in request.':
    'نوع محتوای «{media_type}» در درخواست پشتیبانی نمی‌شود.',
  'Method "{method}" not allowed.': 'متد «{method}» مجاز نیست.',
  'Could not satisfy the request Accept header.': 'سرآیند Accept درخواست را نمی‌توان برآورده کرد.',
  'Request was throttled. Expected available in {wait} second.':
    'درخواست‌ها بیش از حد است. {wait} ثانیهٔ دیگر دوباره تلاش کنید.',
  'Request was throttled. Expected available in {wait} seconds.':
    'درخواست‌ها بیش از حد است. {wait} ثانیهٔ دیگر دوباره تلاش کنید.',
  'Service temporarily unavailable, try again later.': 'سرویس موقتاً در دسترس نیست، بعداً دوباره تلاش کنید.',
}
