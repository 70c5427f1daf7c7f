// Commits batches with the Kotlin client of openapi-generator and prints what it receives.

import com.fasterxml.jackson.module.kotlin.readValue
import org.openapitools.client.apis.BatchTasksApi
import org.openapitools.client.apis.BatchTasksApi.XLanguageCommitAsyncJob
import org.openapitools.client.infrastructure.ApiClient
import org.openapitools.client.infrastructure.ClientError
import org.openapitools.client.infrastructure.ClientException
import org.openapitools.client.infrastructure.Serializer
import org.openapitools.client.models.CommitResult
import org.openapitools.client.models.GatewayError
import org.openapitools.client.models.ServiceError

private fun variable(name: String): String = System.getenv(name) ?: error("$name is not set")

private fun commit(
    id: String,
    token: String,
    language: XLanguageCommitAsyncJob? = null,
): CommitResult {
    ApiClient.apiKey["X-Auth-Token"] = token
    return BatchTasksApi(variable("DRS_URL")).commitAsyncJob(variable("DRS_PROJECT_ID"), id, xLanguage = language)
}

private fun refusal(
    token: String,
    language: XLanguageCommitAsyncJob? = null,
): Pair<Int, String> =
    try {
        commit(variable("DRS_UNKNOWN_ID"), token, language)
        error("the commit was not refused")
    } catch (refused: ClientException) {
        refused.statusCode to (refused.response as ClientError<*>).body.toString()
    }

private inline fun <reified T> read(body: String): T = Serializer.jacksonObjectMapper.readValue(body)

fun main() {
    System.setOut(java.io.PrintStream(System.out, true, Charsets.UTF_8))
    val token = variable("DRS_TOKEN")
    val job = commit(variable("DRS_READY_ID"), token).job
    println("ready\t${job.asyncJobId}\t${job.status}")
    val unknown = refusal(token)
    println("unknown\t${unknown.first}\t${read<ServiceError>(unknown.second).errorCode}")
    val wrong = refusal("wrong")
    val denied = read<GatewayError>(wrong.second)
    println("wrong\t${wrong.first}\t${denied.errorCode}\t${denied.requestId}")
    val chinese = refusal(token, XLanguageCommitAsyncJob.zhMinusCn)
    val refused = read<ServiceError>(chinese.second)
    println("chinese\t${chinese.first}\t${refused.errorCode}\t${refused.errorMsg}")
}
