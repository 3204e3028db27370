// The sentences in Arabic.
import type { Catalogue } from '../words.ts'

export const ar: Catalogue = {
  'No active account found with the given credentials': 'لا يوجد حساب نشط يطابق بيانات الدخول المقدمة',
  'No active account found for the given token.': 'لا يوجد حساب نشط لهذا الرمز.',
  "The user's password has been changed.": 'تم تغيير كلمة مرور المستخدم.',
  'Token is invalid': 'الرمز غير صالح',
  'Token is expired': 'انتهت صلاحية الرمز',
  'Token is invalid or expired': 'الرمز غير صالح أو انتهت صلاحيته',
  'Token is blacklisted': 'الرمز محظور',
  'Token has wrong type': 'نوع الرمز غير صحيح',
  'Token has no type': 'الرمز لا يذكر نوعه',
  'Token has no id': 'ليس للرمز معرّف',
  "Token has no '{claim}' claim": 'ينقص الرمز الحقل «{claim}»',
  "Token '{claim}' claim has expired": 'انتهت صلاحية الحقل «{claim}» في الرمز',
  'Token contained no recognizable user identification': 'لا يدل الرمز على أي مستخدم',
  'Given token not valid for any token type': 'الرمز المقدم غير صالح لأي نوع من الرموز',
  'Authorization header must contain two space-delimited values':
    'يجب أن تحتوي ترويسة التفويض على قيمتين تفصل بينهما مسافة',
  'User not found': 'المستخدم غير موجود',
  'User is inactive': 'المستخدم غير نشط',
  'Authentication credentials were not provided.': 'لم يتم إرسال بيانات الدخول.',
  'You do not have permission to perform this action.': 'ليس لديك إذن للقيام بهذا الإجراء.',
  'Not found.': 'غير موجود.',
  'This field is required.': 'هذا الحقل مطلوب.',
  'This field may not be blank.': 'لا يمكن أن يكون هذا الحقل فارغًا.',
  'This field may not be null.': 'لا يمكن أن تكون قيمة هذا الحقل null.',
  'Not a valid string.': 'النص غير صالح.',
  'Null characters are not allowed.': 'لا يُسمح بالمحارف الفارغة (null).',
  'Enter a valid email address.': 'أدخل عنوان بريد إلكتروني صالحًا.',
  'Ensure this field has no more than {max_length} characters.':
    'يجب ألا يزيد هذا الحقل على {max_length} من المحارف.',
  'Invalid data. Expected a dictionary, but got {datatype}.':
    'بيانات غير صالحة. كان المتوقع قاموسًا، ووصل {datatype}.',
  'Unsupported media type "{media_type}" in request.': 'نوع المحتوى «{media_type}» في الطلب غير مدعوم.',
  'Method "{method}" not allowed.': 'الطريقة «{method}» غير مسموح بها.',
  'Could not satisfy the request Accept header.': 'لا يمكن تلبية ترويسة Accept في الطلب.',
  'Request was throttled. Expected available in {wait} second.':
    'طلبات كثيرة جدًا. أعد المحاولة بعد {wait} ث.',
  'Request was throttled. Expected available in {wait} seconds.':
    'طلبات كثيرة جدًا. أعد المحاولة بعد {wait} ث.',
  'Service temporarily unavailable, try again later.': 'الخدمة غير متاحة مؤقتًا، أعد المحاولة لاحقًا.',
}
