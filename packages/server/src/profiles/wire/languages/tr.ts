// The sentences in Turkish.
import type { Catalogue } from '../words.ts'

export const tr: Catalogue = {
  'No active account found with the given credentials': 'Bu bilgilerle eşleşen etkin bir hesap yok',
  'No active account found for the given token.': 'Bu belirteç için etkin bir hesap yok.',
  "The user's password has been changed.": 'Kullanıcının parolası değiştirildi.',
  'Token is invalid': 'Belirteç geçersiz',
  'Token is expired': 'Belirtecin süresi dolmuş',
  'Token is invalid or expired': 'Belirteç geçersiz ya da süresi dolmuş',
  'Token is blacklisted': 'Belirteç engellenmiş',
  'Token has wrong type': 'Belirtecin türü yanlış',
  'Token has no type': 'Belirteç bir tür belirtmiyor',
  'Token has no id': 'Belirtecin kimliği yok',
  "Token has no '{claim}' claim": 'Belirteçte "{claim}" bilgisi yok',
  "Token '{claim}' claim has expired": 'Belirteçteki "{claim}" bilgisinin süresi dolmuş',
  'Token contained no recognizable user identification': 'Belirteç hiçbir kullanıcıyı göstermiyor',
  'Given token not valid for any token type': 'Verilen belirteç hiçbir belirteç türü için geçerli değil',
  'Authorization header must contain two space-delimited values':
    'Yetkilendirme başlığı boşlukla ayrılmış iki değer içermelidir',
  'User not found': 'Kullanıcı bulunamadı',
  'User is inactive': 'Kullanıcı etkin değil',
  'Authentication credentials were not provided.': 'Kimlik doğrulama bilgileri gönderilmedi.',
  'You do not have permission to perform this action.': 'Bu işlemi yapma izniniz yok.',
  'Not found.': 'Bulunamadı.',
  'This field is required.': 'Bu alan zorunludur.',
  'This field may not be blank.': 'Bu alan boş bırakılamaz.',
  'This field may not be null.': 'Bu alan null olamaz.',
  'Not a valid string.': 'Geçerli bir metin değil.',
  'Null characters are not allowed.': 'Null karakterlere izin verilmez.',
  'Enter a valid email address.': 'Geçerli bir e-posta adresi girin.',
  'Ensure this field has no more than {max_length} characters.':
    'Bu alan en fazla {max_length} karakter olabilir.',
  'Invalid data. Expected a dictionary, but got {datatype}.':
    'Geçersiz veri. Bir sözlük bekleniyordu, {datatype} geldi.',
  'Unsupported media type "{media_type}" in request.': 'İstekteki "{media_type}" içerik türü desteklenmiyor.',
  'Method "{method}" not allowed.': '"{method}" yöntemine izin verilmiyor.',
  'Could not satisfy the request Accept header.': 'İsteğin Accept başlığı karşılanamıyor.',
  'Request was throttled. Expected available in {wait} second.':
    'Çok fazla istek. {wait} saniye sonra yeniden deneyin.',
  'Request was throttled. Expected available in {wait} seconds.':
    'Çok fazla istek. {wait} saniye sonra yeniden deneyin.',
  'Service temporarily unavailable, try again later.':
    'Hizmet geçici olarak kullanılamıyor, daha sonra yeniden deneyin.',
}
