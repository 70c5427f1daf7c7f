import com.fasterxml.jackson.databind.ObjectMapper;
import io.javalin.Javalin;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** The commit with Javalin on Jetty. */
public class Server {
    record Account(String project_id, String token, String expired_token, Map<String, String> batches, Account other) {
        Account {
            batches = new ConcurrentHashMap<>(batches);
        }
    }

    private static final String PATH = "/v5/{project}/batch-async-jobs/{batch}/commit";
    private static Account account;

    public static void main(String[] arguments) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        mapper.configure(com.fasterxml.jackson.databind.DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);
        account = mapper.readValue(Path.of(System.getenv("ACCOUNT")).toFile(), Account.class);
        Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.http.strictContentTypes = false;
            config.routes.post(PATH, Server::commit);
            for (HandlerType other : new HandlerType[] {HandlerType.GET, HandlerType.PUT, HandlerType.PATCH, HandlerType.DELETE, HandlerType.HEAD, HandlerType.OPTIONS, HandlerType.TRACE}) {
                config.routes.addHttpHandler(other, PATH, context -> refuse(context.header("Allow", "POST"), 405, "APIGW.0101", "The API does not exist for this method."));
            }
            config.routes.error(404, context -> refuse(context, 404, "APIGW.0101", "The API does not exist or has not been published."));
        }).start("127.0.0.1", Integer.parseInt(System.getenv("PORT")));
    }

    private static void refuse(Context context, int status, String code, String message) {
        String id = UUID.randomUUID().toString().replace("-", "");
        context.status(status).header("X-Request-Id", id);
        if (status == 401) {
            context.header("WWW-Authenticate", "Keystone uri=\"https://iam.example.com/v3\"");
        }
        context.json(Map.of("error_code", code, "error_msg", message, "request_id", id));
    }

    private static void commit(Context context) {
        String token = context.req().getHeader("X-Auth-Token");
        if (token == null || token.isEmpty()) {
            refuse(context, 401, "APIGW.0301", "Incorrect IAM authentication information: x-auth-token not found");
            return;
        }
        if (token.equals(account.expired_token())) {
            refuse(context, 401, "APIGW.0307", "The token must be updated.");
            return;
        }
        Account own = token.equals(account.token()) ? account : account.other();
        String mediaType = context.req().getHeader("Content-Type");
        if (!token.equals(own.token())) {
            refuse(context, 401, "APIGW.0301", "Incorrect IAM authentication information: decrypt token fail");
        } else if (!context.pathParam("project").equals(own.project_id())) {
            refuse(context, 403, "APIGW.0302", "The IAM user is not authorized to access the API.");
        } else if (!context.req().getMethod().equals("POST")) { // Javalin believes X-HTTP-Method-Override
            refuse(context.header("Allow", "POST"), 405, "APIGW.0101", "The API does not exist for this method.");
        } else if (mediaType == null || !mediaType.split(";", 2)[0].strip().equalsIgnoreCase("application/json")) {
            refuse(context, 415, "APIGW.0201", "The Content-Type must be application/json.");
        } else {
            submit(context, own, context.pathParam("batch"), "zh-cn".equals(context.req().getHeader("X-Language")));
        }
    }

    private static void submit(Context context, Account own, String batch, boolean chinese) {
        if (own.batches().replace(batch, "ready", "committed")) {
            String message = chinese ? "批量任务已提交。" : "The batch was submitted.";
            context.json(Map.of("job", Map.of("async_job_id", batch, "status", "COMMIT_SUCCESS", "msg", message)));
            return;
        }
        String state = own.batches().get(batch);
        String code = state == null ? "DRS.10000010" : "DRS.10000001";
        String english = state == null ? "The batch does not exist." : "The batch is " + state + ".";
        String message = chinese ? (state == null ? "批量任务不存在。" : "批量任务的状态不允许提交。") : english;
        context.status(400).json(Map.of("error_code", code, "error_msg", message));
    }
}
