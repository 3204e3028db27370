// The sentences in Hebrew.
import type { Catalogue } from '../words.ts'

export const he: Catalogue = {
  'No active account found with the given credentials': 'לא נמצא חשבון פעיל התואם לפרטים שנמסרו',
  'No active account found for the given token.': 'לא נמצא חשבון פעיל עבור אסימון זה.',
  "The user's password has been changed.": 'סיסמת המשתמש שונתה.',
  'Token is invalid': 'האסימון אינו תקין',
  'Token is expired': 'תוקף האסימון פג',
  'Token is invalid or expired': 'האסימון אינו תקין או שתוקפו פג',
  'Token is blacklisted': 'האסימון חסום',
  'Token has wrong type': 'האסימון מסוג שגוי',
  'Token has no type': 'באסימון לא צוין סוג',
  'Token has no id': 'לאסימון אין מזהה',
  "Token has no '{claim}' claim": 'באסימון חסר השדה "{claim}"',
  "Token '{claim}' claim has expired": 'תוקף השדה "{claim}" באסימון פג',
  'Token contained no recognizable user identification': 'האסימון אינו מצביע על אף משתמש',
  'Given token not valid for any token type': 'האסימון שנמסר אינו תקין לאף סוג של אסימון',
  'Authorization header must contain two space-delimited values':
    'כותרת ההרשאה חייבת להכיל שני ערכים המופרדים ברווח',
  'User not found': 'המשתמש לא נמצא',
  'User is inactive': 'המשתמש אינו פעיל',
  'Authentication credentials were not provided.': 'לא נמסרו פרטי הזדהות.',
  'You do not have permission to perform this action.': 'אין לך הרשאה לבצע פעולה זו.',
  'Not found.': 'לא נמצא.',
  'This field is required.': 'שדה זה הוא חובה.',
  'This field may not be blank.': 'שדה זה אינו יכול להיות ריק.',
  'This field may not be null.': 'שדה זה אינו יכול להיות null.',
  'Not a valid string.': 'המחרוזת אינה תקינה.',
  'Null characters are not allowed.': 'תווי null אינם מותרים.',
  'Enter a valid email address.': 'יש להזין כתובת דוא"ל תקינה.',
  'Ensure this field has no more than {max_length} characters.':
    'בשדה זה מותרים לכל היותר {max_length} תווים.',
  'Invalid data. Expected a dictionary, but got {datatype}.':
    'הנתונים אינם תקינים. נדרש מילון, התקבל {datatype}.',
  'Unsupported media type "{media_type}" in request.': 'סוג המדיה "{media_type}" בבקשה אינו נתמך.',
  'Method "{method}" not allowed.': 'השיטה "{method}" אינה מותרת.',
  'Could not satisfy the request Accept header.': 'לא ניתן למלא את כותרת Accept של הבקשה.',
  'Request was throttled. Expected available in {wait} second.':
    'יותר מדי בקשות. אפשר לנסות שוב בעוד {wait} שניות.',
  'Request was throttled. Expected available in {wait} seconds.':
    'יותר מדי בקשות. אפשר לנסות שוב בעוד {wait} שניות.',
  'Service temporarily unavailable, try again later.': 'השירות אינו זמין כרגע, נסו שוב מאוחר יותר.',
}
