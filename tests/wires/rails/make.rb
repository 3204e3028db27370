# A Rails application in one file, with people in its database by has_secure_password and by Devise, second factors of
# devise-two-factor, and clients of Doorkeeper. `make.rb FOLDER` leaves FOLDER/rails.sqlite3 there, and prints who they are.
require 'json'
require 'logger'
require 'rails'
require 'active_record/railtie'
require 'action_controller/railtie'
require 'devise'
require 'devise-two-factor'
require 'doorkeeper'

FOLDER = ARGV.fetch(0)
PASSWORD = 'analytical-engine-1843'
PEPPER = 'd5a2' * 32
FACTOR_KEY = 'a key of devise-two-factor, of thirty-two and more'

ENV['DATABASE_URL'] = "sqlite3:#{FOLDER}/rails.sqlite3"

class Application < Rails::Application
  config.root = FOLDER
  config.eager_load = false
  config.logger = Logger.new(nil)
  config.secret_key_base = 'f' * 128
end

Devise.setup do |config|
  require 'devise/orm/active_record'
  config.pepper = PEPPER
  config.stretches = 4
end
Doorkeeper.configure do
  orm :active_record
  hash_application_secrets using: (ARGV[1] || '::Doorkeeper::SecretStoring::Plain')
end
Application.initialize!

ActiveRecord::Schema.verbose = false
ActiveRecord::Schema.define do
  create_table :users do |t|
    t.string :email, null: false
    t.string :name
    t.string :password_digest
    t.timestamps
  end
  create_table :members do |t|
    t.string :email, null: false, default: ''
    t.string :encrypted_password, null: false, default: ''
    t.datetime :confirmed_at
    t.datetime :locked_at
    t.string :encrypted_otp_secret
    t.string :encrypted_otp_secret_iv
    t.string :encrypted_otp_secret_salt
    t.integer :consumed_timestep
    t.boolean :otp_required_for_login
    t.timestamps
  end
  create_table :oauth_applications do |t|
    t.string :name, null: false
    t.string :uid, null: false
    t.string :secret, null: false
    t.text :redirect_uri
    t.string :scopes, null: false, default: ''
    t.boolean :confidential, null: false, default: true
    t.timestamps null: false
  end
end

class User < ActiveRecord::Base
  has_secure_password
end

class Member < ActiveRecord::Base
  devise :two_factor_authenticatable, otp_secret_encryption_key: FACTOR_KEY
end

User.create!(email: 'secure@example.test', name: 'Zoë', password: PASSWORD)
# As many letters as has_secure_password takes, in more bytes than bcrypt looks at.
long = "#{'ä' * 60}x"
User.create!(email: 'long@example.test', password: long)

Member.create!(email: 'devise@example.test', password: PASSWORD, confirmed_at: Time.now)
Member.create!(email: 'locked@example.test', password: PASSWORD, locked_at: Time.now)
factor = Member.create!(email: 'factor@example.test', password: PASSWORD, otp_required_for_login: true,
                        otp_secret: Member.generate_otp_secret)
used = factor.current_otp
raise 'devise-two-factor refuses its own code' unless factor.validate_and_consume_otp!(used)

begun = Member.create!(email: 'begun@example.test', password: PASSWORD, otp_secret: Member.generate_otp_secret)
raise 'it was not to be asked for' if begun.otp_required_for_login

clients = {
  'site' => Doorkeeper::Application.create!(name: 'Site', redirect_uri: 'https://site.example.test/cb', scopes: 'openid'),
  'page' => Doorkeeper::Application.create!(name: 'Page', redirect_uri: 'https://page.example.test/cb', scopes: 'openid',
                                           confidential: false)
}
puts JSON.generate(
  versions: %w[railties devise devise-two-factor doorkeeper bcrypt].to_h { |name| [name, Gem::Specification.find_by_name(name).version.to_s] },
  pepper: PEPPER, factorKey: FACTOR_KEY, secret: factor.otp_secret, used: used, long: long,
  clients: clients.transform_values { |client| [client.uid, client.plaintext_secret || client.secret] }
)
