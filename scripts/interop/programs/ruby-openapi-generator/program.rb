# frozen_string_literal: true

# Commits batches with the Ruby client of openapi-generator and prints what it receives.

require 'json'
require 'uri'
require 'openapi_client'

def commit(variable, token, **options)
  configuration = OpenapiClient::Configuration.new
  uri = URI(ENV.fetch('DRS_URL'))
  configuration.scheme = uri.scheme
  configuration.host = "#{uri.host}:#{uri.port}"
  configuration.server_index = nil
  configuration.api_key['X-Auth-Token'] = token
  api = OpenapiClient::BatchTasksApi.new(OpenapiClient::ApiClient.new(configuration))
  api.commit_async_job(ENV.fetch('DRS_PROJECT_ID'), ENV.fetch(variable), 'application/json', options)
end

def refusal(token, **options)
  commit('DRS_UNKNOWN_ID', token, **options)
  raise 'the commit was not refused'
rescue OpenapiClient::ApiError => e
  [e.code, JSON.parse(e.response_body)]
end

def show(*words)
  puts words.join("\t")
end

token = ENV.fetch('DRS_TOKEN')
job = commit('DRS_READY_ID', token).job
show('ready', job.async_job_id, job.status)
status, body = refusal(token)
show('unknown', status, OpenapiClient::ServiceError.build_from_hash(body).error_code)
status, body = refusal('wrong')
denied = OpenapiClient::GatewayError.build_from_hash(body)
show('wrong', status, denied.error_code, denied.request_id)
status, body = refusal(token, x_language: 'zh-cn')
refused = OpenapiClient::ServiceError.build_from_hash(body)
show('chinese', status, refused.error_code, refused.error_msg)
