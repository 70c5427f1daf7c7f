<?php
// Commits batches with the PHP client of openapi-generator and prints what it receives.

declare(strict_types=1);

require '/usr/share/php/GuzzleHttp/autoload.php';
spl_autoload_register(static function (string $class): void {
    $file = __DIR__ . '/client/lib/' . str_replace('\\', '/', substr($class, strlen('OpenAPI\\Client\\'))) . '.php';
    if (str_starts_with($class, 'OpenAPI\\Client\\') && is_file($file)) {
        require $file;
    }
});
set_error_handler(static function (int $level, string $message): never {
    throw new ErrorException($message, 0, $level);
});

use OpenAPI\Client\Api\BatchTasksApi;
use OpenAPI\Client\ApiException;
use OpenAPI\Client\Configuration;
use OpenAPI\Client\Model\CommitResult;
use OpenAPI\Client\Model\GatewayError;
use OpenAPI\Client\Model\ServiceError;

function commit(string $variable, string $token, string $language = 'en-us'): CommitResult
{
    $configuration = (new Configuration())->setHost(getenv('DRS_URL'))->setApiKey('X-Auth-Token', $token);
    $api = new BatchTasksApi(null, $configuration);
    $result = $api->commitAsyncJob(getenv('DRS_PROJECT_ID'), getenv($variable), 'application/json', $language);
    assert($result instanceof CommitResult);
    return $result;
}

function refusal(string $token, string $language = 'en-us'): ApiException
{
    try {
        commit('DRS_UNKNOWN_ID', $token, $language);
    } catch (ApiException $refused) {
        return $refused;
    }
    throw new LogicException('the commit was not refused');
}

function show(string ...$words): void
{
    echo implode("\t", $words), "\n";
}

$token = getenv('DRS_TOKEN');
$job = commit('DRS_READY_ID', $token)->getJob();
show('ready', $job->getAsyncJobId(), $job->getStatus());
$unknown = refusal($token);
$refused = $unknown->getResponseObject();
assert($refused instanceof ServiceError);
show('unknown', (string) $unknown->getCode(), $refused->getErrorCode());
$wrong = refusal('wrong');
$denied = $wrong->getResponseObject();
assert($denied instanceof GatewayError);
show('wrong', (string) $wrong->getCode(), $denied->getErrorCode(), $denied->getRequestId());
$chinese = refusal($token, 'zh-cn');
$refused = $chinese->getResponseObject();
assert($refused instanceof ServiceError);
show('chinese', (string) $chinese->getCode(), $refused->getErrorCode(), $refused->getErrorMsg());
