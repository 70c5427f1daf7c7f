import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.JSON;
import org.openapitools.client.api.BatchTasksApi;
import org.openapitools.client.model.CommitResult;
import org.openapitools.client.model.GatewayError;
import org.openapitools.client.model.ServiceError;

/** Commits batches with the Java client of openapi-generator and prints what it receives. */
final class Program {
    private Program() {}

    private static CommitResult commit(String id, String token, String language) throws ApiException {
        ApiClient client = new ApiClient();
        client.updateBaseUri(System.getenv("DRS_URL"));
        client.setRequestInterceptor(request -> request.header("X-Auth-Token", token));
        String project = System.getenv("DRS_PROJECT_ID");
        return new BatchTasksApi(client).commitAsyncJob(project, id, "application/json", language);
    }

    private static ApiException refusal(String token, String language) throws ApiException {
        try {
            commit(System.getenv("DRS_UNKNOWN_ID"), token, language);
        } catch (ApiException refused) {
            if (refused.getCode() != 0) {
                return refused;
            }
            throw refused;
        }
        throw new IllegalStateException("the commit was not refused");
    }

    private static <T> T read(ApiException refused, Class<T> type) throws java.io.IOException {
        return JSON.getDefault().getMapper().readValue(refused.getResponseBody(), type);
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        String token = System.getenv("DRS_TOKEN");
        CommitResult ready = commit(System.getenv("DRS_READY_ID"), token, null);
        out.printf("ready\t%s\t%s%n", ready.getJob().getAsyncJobId(), ready.getJob().getStatus());
        ApiException unknown = refusal(token, null);
        out.printf("unknown\t%d\t%s%n", unknown.getCode(), read(unknown, ServiceError.class).getErrorCode());
        ApiException wrong = refusal("wrong", null);
        GatewayError denied = read(wrong, GatewayError.class);
        out.printf("wrong\t%d\t%s\t%s%n", wrong.getCode(), denied.getErrorCode(), denied.getRequestId());
        ApiException chinese = refusal(token, "zh-cn");
        ServiceError refused = read(chinese, ServiceError.class);
        out.printf("chinese\t%d\t%s\t%s%n", chinese.getCode(), refused.getErrorCode(), refused.getErrorMsg());
    }
}
