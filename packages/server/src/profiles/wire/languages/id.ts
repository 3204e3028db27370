// The sentences in Indonesian.
import type { Catalogue } from '../words.ts'

export const id: Catalogue = {
  'No active account found with the given credentials':
    'Tidak ada akun aktif dengan kredensial yang diberikan',
  'No active account found for the given token.': 'Tidak ada akun aktif untuk token yang diberikan.',
  "The user's password has been changed.": 'Kata sandi pengguna telah diubah.',
  'Token is invalid': 'Token tidak valid',
  'Token is expired': 'Token sudah kedaluwarsa',
  'Token is invalid or expired': 'Token tidak valid atau sudah kedaluwarsa',
  'Token is blacklisted': 'Token diblokir',
  'Token has wrong type': 'Jenis token salah',
  'Token has no type': 'Token tidak menyebutkan jenisnya',
  'Token has no id': 'Token tidak memiliki id',
  "Token has no '{claim}' claim": "Token tidak memuat '{claim}'",
  "Token '{claim}' claim has expired": "Isi '{claim}' pada token sudah kedaluwarsa",
  'Token contained no recognizable user identification': 'Token tidak menunjuk pengguna mana pun',
  'Given token not valid for any token type': 'Token yang diberikan tidak valid untuk jenis token mana pun',
  'Authorization header must contain two space-delimited values':
    'Header otorisasi harus berisi dua nilai yang dipisahkan spasi',
  'User not found': 'Pengguna tidak ditemukan',
  'User is inactive': 'Pengguna tidak aktif',
  'Authentication credentials were not provided.': 'Kredensial autentikasi tidak dikirim.',
  'You do not have permission to perform this action.':
    'Anda tidak memiliki izin untuk melakukan tindakan ini.',
  'Not found.': 'Tidak ditemukan.',
  'This field is required.': 'Kolom ini wajib diisi.',
  'This field may not be blank.': 'Kolom ini tidak boleh kosong.',
  'This field may not be null.': 'Kolom ini tidak boleh null.',
  'Not a valid string.': 'Bukan teks yang valid.',
  'Null characters are not allowed.': 'Karakter null tidak diperbolehkan.',
  'Enter a valid email address.': 'Masukkan alamat email yang valid.',
  'Ensure this field has no more than {max_length} characters.':
    'Kolom ini tidak boleh lebih dari {max_length} karakter.',
  'Invalid data. Expected a dictionary, but got {datatype}.':
    'Data tidak valid. Diharapkan sebuah kamus, tetapi yang diterima {datatype}.',
  'Unsupported media type "{media_type}" in request.':
    'Jenis media "{media_type}" pada permintaan tidak didukung.',
  'Method "{method}" not allowed.': 'Metode "{method}" tidak diizinkan.',
  'Could not satisfy the request Accept header.': 'Header Accept pada permintaan tidak dapat dipenuhi.',
  'Request was throttled. Expected available in {wait} second.':
    'Terlalu banyak permintaan. Coba lagi dalam {wait} detik.',
  'Request was throttled. Expected available in {wait} seconds.':
    'Terlalu banyak permintaan. Coba lagi dalam {wait} detik.',
  'Service temporarily unavailable, try again later.': 'Layanan sedang tidak tersedia, coba lagi nanti.',
}
